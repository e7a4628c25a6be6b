/* SPDX-License-Identifier: MIT */
#include "shim/audit/lifecycle.h"

#include <linux/fcntl.h>

#include "shim/audit/audit.h"
#include "shim/audit/calls.h"
#include "shim/audit/log.h"
#include "shim/base/config.h"
#include "shim/base/host.h"
#include "shim/base/text.h"
#include "shim/decode/decode_names.h"
#include "version.h"

#define FDS_LISTED 1024
#define WORD_SHOWN 240 /* of the command line */
/* For one, each byte of which may take six, the last one, and the end. */
#define WORD_ROOM (WORD_SHOWN * 6 + 100)

/* What else the program was given: descriptors above the standard ones. */
static void put_inherited(struct fx_text *x)
{
	bool any = false;

	fx_text_put(x, ",\"inherited\":[");
	for (int fd = 3; fd < FDS_LISTED; fd++) {
		if (fx_fd_kept(fd) || fx_host(__NR_fcntl, fd, F_GETFD) < 0)
			continue;
		if (any)
			fx_text_char(x, ',');
		fx_text_dec(x, fd);
		any = true;
	}
	fx_text_char(x, ']');
}

static const char *confinement(void)
{
	if (!fx_config.confine)
		return "none";
	return fx_config.confine & FX_CONFINE_MOUNTS ? "full" : "without-namespaces";
}

/* Which sockets it may connect. */
static void put_granted(struct fx_text *x)
{
	bool all = !fx_config.confine;

	fx_text_put(x, ",\"net\":");
	fx_text_put(x, all || fx_config.confine & (FX_CONFINE_NET | FX_CONFINE_TCP) ? "true"
										    : "false");
	fx_text_put(x, ",\"unix\":");
	fx_text_put(x, all || fx_config.confine & FX_CONFINE_UNIX ? "true" : "false");
}

/* What does not fit the line is told by a last word "...". */
static void put_argv(struct fx_text *x, uintptr_t stack)
{
	long argc = *(const long *)stack;
	const char *const *argv = (const char *const *)stack + 1;

	if (x->len + WORD_ROOM > x->size)
		return;
	fx_text_put(x, ",\"argv\":[");
	for (long i = 0; i < argc && argv[i]; i++) {
		bool room = x->len + WORD_ROOM < x->size;
		char word[WORD_SHOWN + 1];
		struct fx_text w;

		fx_text_init(&w, word, sizeof(word));
		fx_text_put(&w, room ? argv[i] : "...");
		fx_text_put(x, i ? ",\"" : "\"");
		x->escape = true;
		fx_text_put(x, word);
		x->escape = false;
		fx_text_char(x, '"');
		if (!room)
			break;
	}
	fx_text_char(x, ']');
}

void fx_lifecycle_start(const char *exe, uintptr_t stack, bool first)
{
	static const char *const shared[] = {"reject", "strict", "host"};
	char line[FX_LOG_LINE];
	struct fx_text x;

	if (!fx_config.log)
		return;
	fx_log_begin(&x, line, first ? "start" : "exec");
	if (first) {
		fx_json_int(&x, "version", 1);
		fx_json_str(&x, "fxbox", FX_VERSION);
		fx_json_str(&x, "shared_futex", shared[fx_config.shared]);
		fx_json_str(&x, "confinement", confinement());
		put_granted(&x);
		put_inherited(&x);
	}
	fx_json_str(&x, "exe", exe);
	put_argv(&x, stack);
	fx_log_end(&x);
}

void fx_lifecycle_counts(void)
{
	if (!fx_config.log)
		return;
	fx_audit_write_repeats();
	fx_calls_write();
}

void fx_lifecycle_exit(int status, int signal)
{
	char line[FX_LOG_LINE];
	struct fx_text x;

	if (!fx_config.log)
		return;
	fx_lifecycle_counts();
	fx_log_begin(&x, line, "exit");
	if (signal)
		fx_json_str(&x, "signal", fx_signal_name(signal) ? fx_signal_name(signal) : "?");
	else
		fx_json_int(&x, "status", status);
	if (fx_audit_uncounted())
		fx_json_int(&x, "uncounted", (int64_t)fx_audit_uncounted());
	fx_log_end(&x);
}
