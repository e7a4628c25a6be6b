/* SPDX-License-Identifier: MIT */
#include "shim/hang/tell.h"

#include <linux/fcntl.h>
#include <linux/memfd.h>
#include <linux/wait.h>

#include "shim/audit/own_write.h"
#include "shim/base/config.h"
#include "shim/base/host.h"
#include "shim/base/mem.h"
#include "shim/base/sigset.h"
#include "shim/base/text.h"
#include "shim/boot.h"
#include "shim/decode/decode_names.h"
#include "shim/hang/dump.h"
#include "shim/hang/stop.h"
#include "shim/no_report.h"
#include "shim/process/process.h"
#include "shim/threads/thread.h"

#define FIRST_FILE 3  /* behind standard input, output and errors */
#define LONGEST_S  30 /* that a reader has */

/* The one line where there is no more. */
static void say_without(enum fx_dump_reason reason, const char *what, long error)
{
	const char *name = fx_errno_name((int)-error);
	char line[400];
	struct fx_text x;

	fx_text_init(&x, line, sizeof(line));
	fx_text_put(&x, "fxbox: ");
	fx_text_put(&x, fx_guest_exe);
	fx_text_put(&x, " (");
	fx_text_dec(&x, fx_host(__NR_getpid));
	fx_text_put(&x, ") ");
	fx_text_put(&x, fx_no_report(reason));
	fx_text_put(&x, what);
	fx_text_put(&x, ": ");
	fx_text_put(&x, name ? name : "unknown error");
	x.buf[x.len++] = '\n';
	fx_own_write(fx_fd(FX_FD_REPORT), x.buf, x.len);
}

/*
 * Pipes of the program's end when it closes them, not when the reader has read. Where its table is
 * full up to ours what lies behind stays.
 */
static void let_go_of_files(int dump)
{
	int ours = fx_fd(FX_FD_EXE);

	if (dump >= ours) {
		fx_host(__NR_close_range, FIRST_FILE, ours - 1, 0);
		return;
	}
	if (dump > FIRST_FILE)
		fx_host(__NR_close_range, FIRST_FILE, dump - 1, 0);
	if (dump + 1 < ours)
		fx_host(__NR_close_range, dump + 1, ours - 1, 0);
	fx_host(__NR_close_range, ours + FX_FD_COUNT, ~0U, 0);
}

/* In the child: becomes the reader. Returns only what the exec has failed of. */
static long become_reader(int fd, enum fx_dump_reason reason)
{
	static const char *const argv[] = {"threads", NULL};
	struct fx_handover h;

	let_go_of_files(fd);
	/* Files that the program has written may take for ever to read. */
	fx_host(__NR_alarm, LONGEST_S);
	memset(&h, 0, sizeof(h));
	h.kind = FX_HANDOVER_THREADS;
	h.fd = fd;
	h.signal = (int32_t)reason;
	h.status = (int32_t)fx_host(__NR_getppid);
	memcpy(h.path, fx_guest_exe, fx_strlen(fx_guest_exe) + 1);
	return fx_process_become(&h, (uintptr_t)argv);
}

/* The signal that it has died of, or 0. */
static int await(long pid)
{
	int status = 0;
	long r;

	do
		r = fx_host(__NR_wait4, pid, &status, __WALL, 0);
	while (r == -EINTR);
	return r < 0 ? 0 : status & 0x7f;
}

/* No signal tells the guest of this child, and none of its waits finds it but one with __WALL. */
static void let_read(int fd, enum fx_dump_reason reason)
{
	long pid = fx_host(__NR_clone, 0, 0, 0, 0, 0);

	if (pid == 0) {
		say_without(reason, "fxbox cannot be executed anew", become_reader(fd, reason));
		for (;;)
			fx_host(__NR_exit_group, 0);
	}
	if (pid < 0)
		say_without(reason, "no process can be made", pid);
	else if (await(pid))
		say_without(reason, "its reader was ended", -ETIMEDOUT);
}

static void tell(struct fx_thread *t, const struct fx_dump_request *q, bool lets_go)
{
	long fd = fx_host(__NR_memfd_create, "fxbox-threads", MFD_CLOEXEC), r;
	enum fx_dump_reason reason = q->reason;
	uint64_t size;

	if (fd < 0) {
		if (lets_go)
			fx_stop_release();
		say_without(reason, "no descriptor for a dump", fd);
		return;
	}
	t->own_write = true;
	r = fx_dump_write((int)fd, q, &size);
	fx_own_write_failed(r);
	t->own_write = false;
	if (lets_go)
		fx_stop_release();
	if (r < 0)
		say_without(reason, "the dump cannot be written", r);
	else
		let_read((int)fd, reason);
	fx_host(__NR_close, fd);
}

void fx_hang_tell(struct fx_thread *t, enum fx_dump_reason reason, uint64_t handlers)
{
	const struct fx_dump_request q = {.reason = reason, .first = t, .handlers = handlers};

	tell(t, &q, false);
}

void fx_hang_tell_stopped(struct fx_thread *t, enum fx_dump_reason reason)
{
	const struct fx_dump_request q = {.reason = reason, .first = t};

	tell(t, &q, true);
}

#define OF_CRASHES (FX_FAULT_SIGNALS | FX_SIGBIT(SIGABRT))

void fx_hang_dying(struct fx_thread *t, const struct ucontext *uc, const siginfo_t *info)
{
	bool quits = info->si_signo == SIGQUIT && !fx_config.quiet && info->si_pid != t->pid;
	bool crashes = (OF_CRASHES & FX_SIGBIT(info->si_signo)) && fx_config.on_crash;
	const struct fx_dump_request q = {
		.reason = quits ? FX_DUMP_QUIT : FX_DUMP_CRASH,
		.first = t,
		.info = info,
	};

	if (t->own_process || !(quits || crashes) || !fx_stop_all(t, uc))
		return;
	tell(t, &q, false);
	/* Its death takes locks that one of them may have. */
	fx_stop_release();
}
