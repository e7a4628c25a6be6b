/* SPDX-License-Identifier: MIT */
#include "loader/report/cmd_audit.h"

#include <json-c/json.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "loader/exit_status.h"
#include "loader/help_word.h"
#include "loader/report/audit_diff.h"
#include "loader/report/audit_merge.h"
#include "loader/report/audit_profile.h"
#include "loader/report/audit_summary.h"
#include "loader/report/futex_waits.h"
#include "loader/report/locks/folded_stacks.h"
#include "loader/report/locks/trace_events.h"
#include "loader/report/log_read.h"
#include "loader/report/profile_base.h"
#include "loader/report/profile_shares.h"
#include "loader/report/read_only.h"
#include "loader/report/threads/demangle.h"

#define PRETTY (JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_SPACED | JSON_C_TO_STRING_NOSLASHESCAPE)

/* As diff(1) has them. */
#define DIFF_SAME    0
#define DIFF_DIFFER  1
#define DIFF_TROUBLE 2

struct request {
	bool json, all, narrow;
	const char *format, *base; /* NULL: not given */
	char **file;
	int files;
};

struct command {
	const char *name;
	bool takes_all, takes_format; /* with what belongs to it */
	int least, most;	      /* files; most 0: any number */
	int trouble;		      /* exit status */
	int (*run)(const struct request *q);
};

static int ended(int status, int trouble)
{
	return fflush(stdout) == 0 && !ferror(stdout) ? status : trouble;
}

/* shares: NULL, or who used what is counted there. */
static bool read_shared_logs(struct fx_log *log, char **files, int count,
			     struct fx_profile_shares *shares)
{
	struct fx_refusal why;

	fx_log_init(log);
	for (int i = 0; i < count; i++) {
		if (shares)
			shares->logs++;
		if (fx_log_read(log, files[i], shares ? fx_profile_shares_visit : NULL, shares,
				&why) < 0) {
			fx_refusal_print(&why, STDERR_FILENO);
			fx_log_free(log);
			return false;
		}
	}
	return true;
}

static bool read_logs(struct fx_log *log, char **files, int count)
{
	return read_shared_logs(log, files, count, NULL);
}

static int summary(const struct request *q)
{
	struct fx_log log;

	if (!read_logs(&log, q->file, q->files))
		return FX_EXIT_FAILED;
	if (q->json) {
		struct json_object *o = fx_audit_summary_json(&log);

		puts(json_object_to_json_string_ext(o, PRETTY));
		json_object_put(o);
	} else {
		fx_audit_summary_text(&log, q->all, stdout);
	}
	fx_log_free(&log);
	return ended(0, FX_EXIT_FAILED);
}

static int diff(const struct request *q)
{
	struct fx_log a, b;
	bool differ;

	if (!read_logs(&a, q->file, 1))
		return DIFF_TROUBLE;
	if (!read_logs(&b, q->file + 1, 1)) {
		fx_log_free(&a);
		return DIFF_TROUBLE;
	}
	differ = fx_audit_diff(&a, &b, q->json, stdout);
	fx_log_free(&a);
	fx_log_free(&b);
	return ended(differ ? DIFF_DIFFER : DIFF_SAME, DIFF_TROUBLE);
}

static int merge(const struct request *q)
{
	struct fx_log log;

	if (!read_logs(&log, q->file, q->files))
		return FX_EXIT_FAILED;
	fx_audit_merge(&log, q->files, q->file, stdout);
	fx_log_free(&log);
	return ended(0, FX_EXIT_FAILED);
}

/* A policy from half a list would break the program later, where nobody looks. */
static const char *why_no_profile(const struct fx_log *log, const struct fx_profile_wish *wish)
{
	if (wish->narrow && wish->format != FX_PROFILE_OCI)
		return "--narrow is for --format=oci";
	if (wish->narrow && log->subs_lost)
		return "--narrow: the logs do not tell all sub-operations";
	if (!log->has_used)
		return "the logs do not tell which calls were used";
	return log->cut ? "the last line of a log is cut off; run the program again" : NULL;
}

static int wish_for(const struct request *q, struct fx_profile_wish *wish)
{
	const char *why = NULL;

	if (!q->format || !fx_profile_format(q->format, &wish->format))
		why = "--format=oci, kubernetes, systemd or fxbox";
	else if (q->base && !fx_profile_base_known(q->base))
		why = "--base=docker-default";
	else if (q->base && wish->format != FX_PROFILE_OCI && wish->format != FX_PROFILE_KUBERNETES)
		why = "--base is for --format=oci and kubernetes";
	if (why)
		dprintf(STDERR_FILENO, "fxbox: audit profile: %s\n", why);
	wish->base = q->base ? stderr : NULL;
	return why ? -1 : 0;
}

static int profile(const struct request *q)
{
	struct fx_profile_shares shares = {0};
	struct fx_profile_wish wish = {.json = q->json, .narrow = q->narrow, .shares = &shares};
	const char *why;
	unsigned left_out;
	struct fx_log log;

	if (wish_for(q, &wish) < 0)
		return FX_EXIT_FAILED;
	if (!read_shared_logs(&log, q->file, q->files, &shares)) {
		fx_profile_shares_free(&shares);
		return FX_EXIT_FAILED;
	}
	why = why_no_profile(&log, &wish);
	left_out = why ? 0 : fx_audit_profile(&log, &wish, stdout);
	if (why)
		dprintf(STDERR_FILENO, "fxbox: audit profile: %s\n", why);
	if (left_out)
		dprintf(STDERR_FILENO,
			"fxbox: audit profile: %u of the paths that were denied are left out: the "
			"root, or names that a profile cannot have\n",
			left_out);
	fx_log_free(&log);
	fx_profile_shares_free(&shares);
	return ended(why ? FX_EXIT_FAILED : 0, FX_EXIT_FAILED);
}

struct timed {
	struct fx_lock_log locks;
	struct fx_futex_waits futexes;
	struct fx_trace_events events;
	unsigned run;
};

static void visit(void *context, struct json_object *record)
{
	struct timed *t = context;

	fx_lock_log_add(&t->locks, t->run, record);
	fx_futex_waits_add(&t->futexes, t->run, record);
	fx_trace_events_add(&t->events, record);
}

static int put_timed(const struct request *q,
		     int (*put)(struct timed *t, const struct fx_locks *locks))
{
	struct timed t = {.run = 0};
	struct fx_refusal why;
	struct fx_locks locks;
	struct fx_log log;
	int status = 0;

	fx_log_init(&log);
	for (int i = 0; i < q->files && status == 0; i++, t.run++) {
		if (fx_log_read(&log, q->file[i], visit, &t, &why) < 0) {
			fx_refusal_print(&why, STDERR_FILENO);
			status = FX_EXIT_FAILED;
		}
	}
	if (status == 0) {
		fx_locks_make(&locks, &t.locks);
		status = put(&t, &locks);
		fx_locks_free(&locks);
	}
	fx_lock_log_free(&t.locks);
	fx_futex_waits_free(&t.futexes);
	fx_trace_events_free(&t.events);
	fx_log_free(&log);
	return ended(status, FX_EXIT_FAILED);
}

static int put_stacks(struct timed *t, const struct fx_locks *locks)
{
	(void)t;
	fx_folded_stacks_put(locks, stdout);
	return 0;
}

static int stacks(const struct request *q)
{
	return put_timed(q, put_stacks);
}

static int put_events(struct timed *t, const struct fx_locks *locks)
{
	fx_futex_waits_settle(&t->futexes);
	fx_trace_events_put(&t->events, &t->futexes, locks, stdout);
	return 0;
}

static int trace_events(const struct request *q)
{
	return put_timed(q, put_events);
}

static const struct command commands[] = {
	{"summary", true, false, 1, 0, FX_EXIT_FAILED, summary},
	{"diff", false, false, 2, 2, DIFF_TROUBLE, diff},
	{"merge", false, false, 1, 0, FX_EXIT_FAILED, merge},
	{"profile", false, true, 1, 0, FX_EXIT_FAILED, profile},
	{"stacks", false, false, 1, 0, FX_EXIT_FAILED, stacks},
	{"trace-events", false, false, 1, 1, FX_EXIT_FAILED, trace_events},
};

static int print_help(void)
{
	puts("Usage: fxbox audit summary [--json] [--all] FILE...\n"
	     "       fxbox audit diff [--json] FILE FILE\n"
	     "       fxbox audit merge FILE...\n"
	     "       fxbox audit profile --format=oci|kubernetes|systemd|fxbox [--json] [--narrow]\n"
	     "                           [--base=docker-default] FILE...\n"
	     "       fxbox audit stacks FILE...\n"
	     "       fxbox audit trace-events FILE\n"
	     "Read logs of 'fxbox run --log=FILE'; '-' is standard input.\n\n"
	     "  summary  what was not supported or was refused: how often, by how many\n"
	     "           threads, with what answer and effect, who asked first; with --all\n"
	     "           also what was answered\n"
	     "  diff     kinds of calls that one log has and the other has not; exits with\n"
	     "           0 if there are none, 1 if there are, 2 in trouble\n"
	     "  merge    one log of several\n"
	     "  profile  what the program used, as a seccomp profile of the Open Container\n"
	     "           Initiative, as a SeccompProfile of Kubernetes, as SystemCallFilter=\n"
	     "           of systemd, or for 'fxbox run'; with --narrow, for oci, of ioctl and\n"
	     "           socket options only those used; of several logs what only some used\n"
	     "           is marked; --base tells what an engine's default has more and less\n"
	     "  stacks   of a log of --profile=locks: where was waited for how many\n"
	     "           microseconds, as lines that flame graphs are made of\n"
	     "  trace-events\n"
	     "           the same waits, and calls of --trace, by time: for Perfetto, Chrome");
	return ended(0, FX_EXIT_FAILED);
}

static int usage_error(const char *word, const char *what, int status)
{
	dprintf(STDERR_FILENO, "fxbox: audit: %s: %s\nTry 'fxbox audit --help'.\n", word, what);
	return status;
}

static bool option(const struct command *c, struct request *q, const char *word)
{
	static const char format[] = "--format=", base[] = "--base=";

	if (strcmp(word, "--json") == 0)
		q->json = true;
	else if (c->takes_all && strcmp(word, "--all") == 0)
		q->all = true;
	else if (c->takes_format && strcmp(word, "--narrow") == 0)
		q->narrow = true;
	else if (c->takes_format && strncmp(word, format, sizeof(format) - 1) == 0)
		q->format = word + sizeof(format) - 1;
	else if (c->takes_format && strncmp(word, base, sizeof(base) - 1) == 0)
		q->base = word + sizeof(base) - 1;
	else
		return false;
	return true;
}

static int run(const struct command *c, int argc, char **argv)
{
	struct request q = {.file = argv};
	bool options = true;

	/* Options may stand anywhere before --; the files are gathered at the front. */
	for (int i = 0; i < argc; i++) {
		if (options && fx_asks_for_help(argv[i]))
			return print_help();
		if (options && strcmp(argv[i], "--") == 0)
			options = false;
		else if (!options || argv[i][0] != '-' || !argv[i][1])
			q.file[q.files++] = argv[i];
		else if (!option(c, &q, argv[i]))
			return usage_error(argv[i], "this option is unknown", c->trouble);
	}
	if (q.files < c->least || (c->most && q.files > c->most))
		return usage_error(c->name,
				   c->most == 1 ? "one file"
				   : c->most	? "two files"
						: "no file given",
				   c->trouble);
	fx_demangle_open();
	fx_read_only("audit");
	return c->run(&q);
}

int fx_cmd_audit(int argc, char **argv)
{
	if (argc < 2)
		return usage_error("summary, diff, merge, profile, stacks or trace-events",
				   "which?", FX_EXIT_FAILED);
	if (fx_asks_for_help(argv[1]))
		return print_help();
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
		if (strcmp(argv[1], commands[i].name) == 0)
			return run(&commands[i], argc - 2, argv + 2);
	}
	return usage_error(argv[1], "no such command", FX_EXIT_FAILED);
}
