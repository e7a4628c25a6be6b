/* SPDX-License-Identifier: MIT */
#include "shim/process/process.h"

#include <linux/fcntl.h>
#include <linux/memfd.h>
#include <linux/resource.h>

#include "shim/audit/gather.h"
#include "shim/audit/lifecycle.h"
#include "shim/audit/shared_table.h"
#include "shim/base/config.h"
#include "shim/base/host.h"
#include "shim/base/kernel_signal.h"
#include "shim/base/lock.h"
#include "shim/base/mem.h"
#include "shim/base/sigset.h"
#include "shim/base/text.h"
#include "shim/decode/decode_names.h"
#include "shim/process/leader.h"
#include "shim/threads/let_go.h"
#include "shim/threads/thread.h"

#define FXBOX_FAILED 125

/* One hand-over at a time: a second thread's exec would take the first's. */
static uint32_t exec_lock;

/* Takes no lock. */
static void say(struct fx_text *x)
{
	x->buf[x->len++] = '\n';
	fx_host(__NR_write, fx_fd(FX_FD_REPORT), x->buf, x->len);
}

/* The lines that this thread has gathered, unless it was just about to write them. */
static void write_gathered(void)
{
	if (fx_running)
		fx_gather_write_if_free(fx_thread_self());
}

void fx_process_fail(const char *what, long error)
{
	char line[200];
	struct fx_text x;

	fx_text_init(&x, line, sizeof(line));
	fx_text_put(&x, "fxbox: ");
	fx_text_put(&x, what);
	if (error < 0) {
		const char *name = fx_errno_name((int)-error);

		fx_text_put(&x, ": ");
		fx_text_put(&x, name ? name : "unknown error");
	}
	write_gathered();
	say(&x);
	for (;;)
		fx_host(__NR_exit_group, FXBOX_FAILED);
}

void fx_process_internal_error(const siginfo_t *info, uintptr_t ip)
{
	char line[200];
	struct fx_text x;

	fx_text_init(&x, line, sizeof(line));
	fx_text_put(&x, "fxbox: internal error: ");
	fx_text_put(&x, fx_signal_name(info->si_signo));
	fx_text_put(&x, " at ");
	fx_text_hex(&x, ip);
	fx_text_put(&x, ", address ");
	fx_text_hex(&x, (uintptr_t)info->si_addr);
	fx_text_put(&x, " (please report this)");
	write_gathered();
	say(&x);
	for (;;)
		fx_host(__NR_exit_group, FXBOX_FAILED);
}

/* The first process reports for the whole tree, at its own end. */
static bool report_due(const struct fx_thread *t)
{
	return !t->own_process && !fx_config.quiet && fx_shared_table_any() &&
	       fx_host(__NR_getpid) == fx_config.root_pid;
}

/*
 * Returns the descriptor with the hand-over: FX_FD_STATE, or, when the guest
 * has lowered its own limit below that, any; the next fxbox looks for it.
 */
static long write_handover(const struct fx_handover *h)
{
	long fd = fx_host(__NR_memfd_create, FX_HANDOVER_NAME, MFD_ALLOW_SEALING), r;

	if (fd < 0)
		return fd;
	r = fx_host(__NR_write, fd, h, sizeof(*h));
	if (r == (long)sizeof(*h))
		r = fx_host(__NR_fcntl, fd, F_ADD_SEALS,
			    F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL);
	else if (r >= 0)
		r = -ENOSPC;
	if (r < 0) {
		fx_host(__NR_close, fd);
		return r;
	}
	r = fx_host(__NR_dup3, fd, fx_fd(FX_FD_STATE), 0);
	if (r < 0)
		return fd;
	fx_host(__NR_close, fd);
	return r;
}

void fx_process_exec_lock(void)
{
	fx_shim_lock(&exec_lock);
}

void fx_process_exec_unlock(void)
{
	fx_shim_unlock(&exec_lock);
}

long fx_process_reexec(struct fx_thread *t, struct fx_handover *h, uintptr_t argv, uintptr_t envp)
{
	long r;

	h->magic = FX_HANDOVER_MAGIC;
	h->size = sizeof(*h);
	h->config = fx_config;
	h->pid = (int32_t)fx_host(__NR_getpid);
	/*
	 * A vfork child has descriptors of its own, and the lock would stay
	 * taken in its parent, whose memory this is, when the exec succeeds.
	 */
	if (!t->own_process) {
		fx_process_exec_lock();
		if (!fx_leader_close()) {
			__atomic_or_fetch(&t->pending, FX_PENDING_OFFERED, __ATOMIC_RELAXED);
			fx_process_exec_unlock();
			return -FX_EBAIL;
		}
	}
	if (h->kind == FX_HANDOVER_EXEC) {
		fx_gather_end(t);
		fx_lifecycle_counts();
	}
	r = write_handover(h);
	if (r >= 0) {
		long state = r;

		r = fx_host_park(__NR_execveat, fx_fd(FX_FD_EXE), "", argv, envp, AT_EMPTY_PATH);
		fx_host(__NR_close, state);
	}
	if (h->kind == FX_HANDOVER_EXEC)
		fx_gather_again(t);
	if (!t->own_process) {
		fx_leader_open();
		fx_process_exec_unlock();
	}
	return r;
}

/* Returns only if life 3 cannot be had. */
static void report(struct fx_thread *t, int status, int signal)
{
	static const char *const argv[] = {"fxbox", NULL};
	static const char *const envp[] = {NULL};
	uint64_t all = FX_ALL_ASYNC;
	struct fx_handover h;
	siginfo_t offered;

	/* Nothing may interrupt the exec any more: what comes is life 3's to die of. */
	fx_host(__NR_rt_sigprocmask, SIG_BLOCK, &all, 0, 8);
	memset(&h, 0, sizeof(h));
	h.kind = FX_HANDOVER_REPORT;
	h.status = status;
	h.signal = signal;
	for (int tries = 0; tries < 2; tries++) {
		/* A signal that was recorded or offered no longer matters. */
		__atomic_store_n(&t->pending, 0, __ATOMIC_RELAXED);
		fx_leader_take(&offered);
		if (fx_process_reexec(t, &h, (uintptr_t)argv, (uintptr_t)envp) != -FX_EBAIL)
			return;
	}
}

void fx_process_exit(struct fx_thread *t, int status)
{
	fx_gather_end(t);
	fx_lifecycle_exit(status & 0xff, 0);
	if (report_due(t))
		report(t, status & 0xff, 0);
	/* A vfork child's block is its parent's to give back. */
	if (t->own_process && !t->vfork) {
		__atomic_sub_fetch(&t->sighand->refs, 1, __ATOMIC_ACQ_REL);
		fx_thread_release(t);
	}
	for (;;)
		fx_host(__NR_exit_group, status);
}

static bool dumps_core(int sig)
{
	struct rlimit core = {0, 0};
	const uint64_t dumping = FX_SIGBIT(SIGQUIT) | FX_SIGBIT(SIGILL) | FX_SIGBIT(SIGTRAP) |
				 FX_SIGBIT(SIGABRT) | FX_SIGBIT(SIGBUS) | FX_SIGBIT(SIGFPE) |
				 FX_SIGBIT(SIGSEGV) | FX_SIGBIT(SIGXCPU) | FX_SIGBIT(SIGXFSZ) |
				 FX_SIGBIT(SIGSYS);

	if (!(dumping & FX_SIGBIT(sig)))
		return false;
	fx_host(__NR_prlimit64, 0, RLIMIT_CORE, 0, &core);
	return core.rlim_cur != 0;
}

void fx_process_die(struct fx_thread *t, struct ucontext *uc, const siginfo_t *info)
{
	int sig = info->si_signo;
	struct sigaction fatal = {.sa_handler = SIG_DFL};
	uint64_t all = ~0ULL;

	fx_gather_end(t);
	fx_lifecycle_exit(0, sig);
	/* Those that share its memory live on. */
	if (t->own_process)
		fx_let_go(t);
	/* A core is to be the guest's, so a death that leaves one happens here. */
	if (!dumps_core(sig) && report_due(t))
		report(t, 0, sig);
	/* The synchronous ones too: it must not hit before the guest's registers are back. */
	fx_host(__NR_rt_sigprocmask, SIG_BLOCK, &all, 0, 8);
	fx_host(__NR_rt_sigaction, sig, &fatal, 0, 8);
	uc->uc_sigmask = FX_ALL_ASYNC & ~FX_SIGBIT(sig);
	fx_host(__NR_rt_tgsigqueueinfo, fx_host(__NR_getpid), fx_host(__NR_gettid), sig, info);
}
