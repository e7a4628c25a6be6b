/* SPDX-License-Identifier: MIT */
/*
 * SIGNAL SAFETY CONTRACT
 *
 * All of this runs in host signal handlers on the thread's shim stack.
 * "In the shim" means that the interrupted stack pointer lies on that stack.
 *
 * A signal that comes while the guest runs is handed to it at once. One that
 * comes while the shim runs is recorded, and the host then keeps all others
 * pending, because the interrupted shim continues with everything blocked:
 * so at most one is ever recorded, and none is ever queued here.
 *
 * The recorded signal is delivered on the way out. Two races are closed by
 * instruction window (entry_x86_64.S):
 *
 *	thread				signal
 *	is one pending? no
 *					recorded
 *	syscall: sleeps for ever
 *
 * If the interrupted instruction lies between the check and the syscall (or
 * at the syscall, when it has not run yet), the handler moves it to the
 * bail-out. The same stands between the last check and rt_sigreturn.
 *
 * Forbidden here: TLS, errno, libc, locks that the interrupted code may hold.
 * The lock of a sighand is safe: whoever holds it has a shim stack pointer,
 * and in the shim signals are only recorded.
 */
#include "shim/signals/signal.h"

#include "shim/base/call.h"
#include "shim/base/host.h"
#include "shim/base/kernel_signal.h"
#include "shim/base/lock.h"
#include "shim/base/sigset.h"
#include "shim/memory/umem.h"
#include "shim/patch/patch.h"
#include "shim/process/leader.h"
#include "shim/process/process.h"
#include "shim/signals/sigframe.h"
#include "shim/threads/thread.h"

extern const char fx_park_window[], fx_park_window_end[], fx_park_bail[], fx_park_interrupted[];
extern const char fx_leave_window[], fx_leave_window_end[], fx_leave_deliver[];
extern const char fx_patched_window[], fx_patched_window_end[], fx_patched_slow[];
extern const char fx_patched_resume[];

#define SYSCALL_LENGTH	  2
#define INSTRUCTION_FETCH 0x10 /* in the page fault's error code */

static bool ignored_by_default(int sig)
{
	return sig == SIGCHLD || sig == SIGCONT || sig == SIGURG || sig == SIGWINCH;
}

static bool stops_by_default(int sig)
{
	return sig == SIGSTOP || sig == SIGTSTP || sig == SIGTTIN || sig == SIGTTOU;
}

static bool within(uintptr_t ip, const char *from, const char *to)
{
	return ip >= (uintptr_t)from && ip < (uintptr_t)to;
}

/*
 * At the syscall instruction of the window with the rcx that such an
 * instruction leaves: it has run, and the host has gone back to execute it
 * anew, because another thread took the signal that had ended it, or after a
 * stop.
 */
static bool was_begun(const struct ucontext *uc)
{
	uintptr_t end = (uintptr_t)fx_park_window_end;

	return uc->uc_mcontext.rip == end - SYSCALL_LENGTH && uc->uc_mcontext.rcx == end;
}

static void close_window(struct ucontext *uc)
{
	uintptr_t ip = uc->uc_mcontext.rip;

	if (was_begun(uc))
		uc->uc_mcontext.rip = (uintptr_t)fx_park_interrupted;
	else if (within(ip, fx_park_window, fx_park_window_end))
		uc->uc_mcontext.rip = (uintptr_t)fx_park_bail;
	else if (within(ip, fx_leave_window, fx_leave_window_end))
		uc->uc_mcontext.rip = (uintptr_t)fx_leave_deliver;
	else if (within(ip, fx_patched_window, fx_patched_window_end))
		uc->uc_mcontext.rip = (uintptr_t)fx_patched_slow;
}

/* Whether the shim was interrupted. The guest, if not, is nowhere else than it thinks. */
static bool in_shim(struct fx_thread *t, struct ucontext *uc)
{
	if (fx_on_shim_stack(t, uc->uc_mcontext.rsp))
		return true;
	fx_patch_put_back(t, uc);
	return false;
}

/* The shim was interrupted: remember the signal, let the host keep all others. */
static void record(struct fx_thread *t, struct ucontext *uc, const siginfo_t *info)
{
	t->recorded_info = *info;
	__atomic_or_fetch(&t->pending, FX_PENDING_RECORDED, __ATOMIC_RELAXED);
	uc->uc_sigmask |= FX_ALL_ASYNC;
	close_window(uc);
}

static void hold(struct fx_thread *t, const siginfo_t *info);

void fx_signal_release_held(struct fx_thread *t)
{
	if (t->held & ~t->mask)
		__atomic_or_fetch(&t->pending, FX_PENDING_HELD, __ATOMIC_RELAXED);
}

/* Of every asynchronous signal. */
int fx_on_signal(int sig, siginfo_t *info, struct ucontext *uc)
{
	struct fx_thread *t = fx_thread_self();

	(void)sig;
	if (in_shim(t, uc)) {
		record(t, uc, info);
		return 0;
	}
	fx_signal_deliver(t, uc, info, false);
	return 1;
}

/*
 * A synchronous signal that somebody sent. It is held, whatever the mask: the
 * way out knows whether the guest blocks it. In the shim its window closes as
 * for a recorded one.
 */
int fx_signal_sent(struct fx_thread *t, struct ucontext *uc, const siginfo_t *info)
{
	bool shim = in_shim(t, uc);

	hold(t, info);
	fx_signal_release_held(t);
	if (shim && (t->pending & FX_PENDING_HELD))
		close_window(uc);
	t->disturbed = true;
	return !shim;
}

/* Another thread offers the first one a signal. Or has done so: the nudge may be late. */
static int nudged(struct fx_thread *t, struct ucontext *uc)
{
	bool shim = in_shim(t, uc);

	if (fx_leader_waits()) {
		__atomic_or_fetch(&t->pending, FX_PENDING_OFFERED, __ATOMIC_RELAXED);
		if (shim)
			close_window(uc);
	}
	t->disturbed = true;
	return !shim;
}

/*
 * Of patched call sites, and nothing to the guest: an instruction that is just being
 * changed, or that has been replaced, GS as the guest has set it, a single step that is none of the
 * guest's, and the breakpoint by which a call ends that a signal came into.
 */
static bool is_of_patching(struct fx_thread *t, int sig, const siginfo_t *info, struct ucontext *uc)
{
	if (sig == SIGSEGV && info->si_code == SEGV_ACCERR &&
	    (uc->uc_mcontext.err & INSTRUCTION_FETCH) && fx_patch_fetch(t, uc))
		return true;
	if (sig == SIGTRAP && uc->uc_mcontext.rip == (uintptr_t)fx_patched_resume) {
		fx_patch_put_back(t, uc);
		return true;
	}
	if (sig == SIGTRAP)
		return info->si_code == TRAP_TRACE && fx_patch_step(uc);
	if (sig == SIGILL)
		return fx_patch_behind(t, uc);
	return fx_patch_gs(t, uc);
}

/* Of the signals that the hardware raises. Nests: it may fault in umem itself. */
int fx_on_fault(int sig, siginfo_t *info, struct ucontext *uc)
{
	struct fx_thread *t = fx_thread_self();
	uintptr_t ip = uc->uc_mcontext.rip;

	if (fx_leader_nudged(info))
		return nudged(t, uc);
	if (info->si_code <= 0)
		return fx_signal_sent(t, uc, info);
	if (within(ip, fx_umem_begin, fx_umem_end)) {
		uc->uc_mcontext.rip = (uintptr_t)fx_umem_fault;
		return 0;
	}
	if (fx_on_shim_stack(t, uc->uc_mcontext.rsp))
		fx_process_internal_error(info, ip);
	/* The host keeps one SIGTRAP: a nudge that came while this one was on its way is lost. */
	if (sig == SIGTRAP && fx_leader_waits() && fx_leader_is(t))
		__atomic_or_fetch(&t->pending, FX_PENDING_OFFERED, __ATOMIC_RELAXED);
	if (is_of_patching(t, sig, info, uc))
		return 1;
	fx_patch_put_back(t, uc);
	fx_signal_deliver(t, uc, info, true);
	return 1;
}

static struct fx_action take_action(struct fx_thread *t, int sig)
{
	struct fx_sighand *h = t->sighand;
	struct fx_action action;

	fx_shim_lock(&h->lock);
	action = h->action[sig - 1];
	if ((action.flags & SA_RESETHAND) && action.handler > 1) {
		h->action[sig - 1].handler = 0;
		fx_signal_host_action(h, sig, false);
	}
	fx_shim_unlock(&h->lock);
	return action;
}

static bool has_handler(const struct fx_thread *t, int sig)
{
	return __atomic_load_n(&t->sighand->action[sig - 1].handler, __ATOMIC_RELAXED) > 1;
}

/* The interrupted call, if there is one, is executed anew after the handler. */
static void restart_call(struct fx_thread *t, struct ucontext *uc)
{
	uc->uc_mcontext.rax = (uint64_t)t->restart_nr;
	uc->uc_mcontext.rip -= 2;
}

/* No handler runs after all: only what fails with EINTR in any case does. */
static void resume_call(struct fx_thread *t, struct ucontext *uc)
{
	if (t->restart == FX_RESTART_SYS || t->restart == FX_RESTART_NOHAND ||
	    t->restart == FX_RESTART_BLOCK)
		restart_call(t, uc);
	t->restart = FX_RESTART_NONE;
}

static void run_handler(struct fx_thread *t, struct ucontext *uc, const siginfo_t *info,
			const struct fx_action *action)
{
	int sig = info->si_signo;
	uint64_t saved = t->has_saved_mask ? t->saved_mask : t->mask;
	uint64_t mask = t->mask | action->mask;

	if (t->restart == FX_RESTART_SYS && (action->flags & SA_RESTART))
		restart_call(t, uc);
	t->restart = FX_RESTART_NONE;
	t->has_saved_mask = false;
	if (fx_sigframe_build(t, uc, info, action, saved) < 0) {
		siginfo_t segv = {.si_signo = SIGSEGV, .si_code = SI_KERNEL};

		/* A frame that cannot be written for SIGSEGV itself has no second try. */
		if (sig == SIGSEGV)
			fx_process_die(t, uc, &segv);
		else
			fx_signal_deliver(t, uc, &segv, true);
		return;
	}
	if (!(action->flags & SA_NODEFER))
		mask |= FX_SIGBIT(sig);
	fx_signal_set_mask(t, uc, mask);
}

void fx_signal_deliver(struct fx_thread *t, struct ucontext *uc, const siginfo_t *info, bool forced)
{
	int sig = info->si_signo;
	struct fx_action action;

	/* Had it interrupted a call, then the host would have chosen this thread to wake. */
	if (!forced && t->restart == FX_RESTART_NONE && has_handler(t, sig) &&
	    fx_leader_offer(t, info))
		return;
	action = take_action(t, sig);
	if (forced && (action.handler == 1 || (t->mask & FX_SIGBIT(sig))))
		action.handler = 0;
	if (action.handler > 1) {
		run_handler(t, uc, info, &action);
		return;
	}
	if (!forced && (action.handler == 1 || ignored_by_default(sig))) {
		resume_call(t, uc);
		return;
	}
	if (!forced && stops_by_default(sig)) {
		fx_host(__NR_kill, fx_host(__NR_getpid), SIGSTOP);
		return;
	}
	fx_process_die(t, uc, info);
}

void fx_signal_force_segv(struct fx_thread *t, struct ucontext *uc)
{
	siginfo_t info = {.si_signo = SIGSEGV, .si_code = SI_KERNEL};

	fx_signal_deliver(t, uc, &info, true);
}

_Static_assert(__builtin_popcountll(FX_SYNC_SIGNALS) == FX_HELD_SIGNALS, "one slot for each");

static int held_slot(int sig)
{
	switch (sig) {
	case SIGSYS:
		return 0;
	case SIGSEGV:
		return 1;
	case SIGBUS:
		return 2;
	case SIGTRAP:
		return 3;
	default:
		return FX_HELD_SIGNALS - 1; /* SIGILL */
	}
}

static void hold(struct fx_thread *t, const siginfo_t *info)
{
	int sig = info->si_signo;

	if (t->held & FX_SIGBIT(sig))
		return;
	t->held_info[held_slot(sig)] = *info;
	t->held |= FX_SIGBIT(sig);
}

void fx_signal_set_mask(struct fx_thread *t, struct ucontext *uc, uint64_t mask)
{
	t->mask = mask & ~FX_UNBLOCKABLE;
	uc->uc_sigmask = fx_host_mask(t->mask);
	fx_signal_release_held(t);
}

/*
 * The mask has come to block the recorded signal: it belongs to the host
 * again, which keeps it pending, since it has everything blocked just now.
 */
static void give_back(const siginfo_t *info)
{
	fx_host(__NR_rt_tgsigqueueinfo, fx_host(__NR_getpid), fx_host(__NR_gettid), info->si_signo,
		info);
}

static void deliver_offered(struct fx_thread *t, struct ucontext *uc)
{
	siginfo_t info;

	if (!fx_leader_take(&info)) {
		resume_call(t, uc);
		return;
	}
	if (!(t->mask & FX_SIGBIT(info.si_signo))) {
		fx_signal_deliver(t, uc, &info, false);
		return;
	}
	if (t->host_tid == (uint32_t)fx_host(__NR_getpid))
		fx_leader_return(&info);
	else
		give_back(&info);
	resume_call(t, uc);
}

static void deliver_held(struct fx_thread *t, struct ucontext *uc)
{
	uint64_t free = t->held & ~t->mask;
	int sig = __builtin_ctzll(free) + 1;
	siginfo_t info = t->held_info[held_slot(sig)];

	t->held &= ~FX_SIGBIT(sig);
	fx_signal_deliver(t, uc, &info, false);
}

/*
 * A signal may be recorded meanwhile, and is then delivered on top of what is
 * built here: the way out comes back until nothing is pending.
 */
void fx_deliver_pending(struct ucontext *uc)
{
	struct fx_thread *t = fx_thread_self();

	if (t->pending & FX_PENDING_RECORDED) {
		/* The host has everything blocked since it was recorded. */
		siginfo_t info = t->recorded_info;

		__atomic_and_fetch(&t->pending, ~(uint32_t)FX_PENDING_RECORDED, __ATOMIC_RELAXED);
		if (t->mask & FX_SIGBIT(info.si_signo)) {
			give_back(&info);
			resume_call(t, uc);
		} else {
			fx_signal_deliver(t, uc, &info, false);
		}
	}
	if (t->pending & FX_PENDING_OFFERED) {
		__atomic_and_fetch(&t->pending, ~(uint32_t)FX_PENDING_OFFERED, __ATOMIC_RELAXED);
		deliver_offered(t, uc);
	}
	__atomic_and_fetch(&t->pending, ~(uint32_t)FX_PENDING_HELD, __ATOMIC_RELAXED);
	if (t->held & ~t->mask)
		deliver_held(t, uc);
	fx_signal_release_held(t);
	if (t->has_saved_mask) {
		t->has_saved_mask = false;
		fx_signal_set_mask(t, uc, t->saved_mask);
	}
}

void fx_restorer(void);
void fx_sigsys_entry(int sig, siginfo_t *info, struct ucontext *uc);
void fx_signal_entry(int sig, siginfo_t *info, struct ucontext *uc);
void fx_fault_entry(int sig, siginfo_t *info, struct ucontext *uc);

/* Kinds of host action, as cached in struct fx_sighand. */
enum host_kind { HOST_DEFAULT, HOST_IGNORE, HOST_OURS };

static uint32_t wanted(const struct fx_sighand *h, int sig)
{
	const struct fx_action *a = &h->action[sig - 1];
	uint32_t flags = sig == SIGCHLD ? a->flags & (SA_NOCLDSTOP | SA_NOCLDWAIT) : 0;

	if (FX_SYNC_SIGNALS & FX_SIGBIT(sig))
		return HOST_OURS;
	if (a->handler > 1)
		return HOST_OURS | flags << 8;
	if (a->handler == 1)
		return HOST_IGNORE | flags << 8;
	if (ignored_by_default(sig) || stops_by_default(sig))
		return HOST_DEFAULT | flags << 8;
	/* Deadly by default: ours, for the exit record and the report. */
	return HOST_OURS;
}

void fx_signal_host_action(struct fx_sighand *h, int sig, bool fresh)
{
	uint32_t want = wanted(h, sig);
	struct sigaction host = {.sa_flags = want >> 8};

	if (want == h->host[sig - 1] && !fresh)
		return;
	switch (want & 0xff) {
	case HOST_IGNORE:
		host.sa_handler = SIG_IGN;
		break;
	case HOST_OURS:
		host.sa_flags |= SA_SIGINFO | SA_ONSTACK | SA_RESTORER;
		host.sa_restorer = fx_restorer;
		host.sa_mask = FX_ALL_ASYNC;
		host.sa_handler = (__sighandler_t)(uintptr_t)fx_signal_entry;
		if (sig == SIGSYS) {
			host.sa_handler = (__sighandler_t)(uintptr_t)fx_sigsys_entry;
			host.sa_mask = 0;
		} else if (sig == SIGSEGV || sig == SIGBUS || sig == SIGFPE || sig == SIGILL ||
			   sig == SIGTRAP) {
			host.sa_handler = (__sighandler_t)(uintptr_t)fx_fault_entry;
			host.sa_flags |= SA_NODEFER;
		}
		break;
	default:
		break;
	}
	if (fx_host(__NR_rt_sigaction, sig, &host, 0, 8) == 0)
		h->host[sig - 1] = want;
}

void fx_signal_init(struct fx_sighand *h, uint64_t ignored_sync)
{
	for (int sig = 1; sig <= FX_NSIG; sig++) {
		struct sigaction host = {0};

		if (FX_UNBLOCKABLE & FX_SIGBIT(sig))
			continue;
		if (FX_SYNC_SIGNALS & FX_SIGBIT(sig)) {
			h->action[sig - 1].handler = ignored_sync & FX_SIGBIT(sig) ? 1 : 0;
		} else {
			fx_host(__NR_rt_sigaction, sig, 0, &host, 8);
			h->action[sig - 1].handler = host.sa_handler == SIG_IGN;
		}
		fx_signal_host_action(h, sig, true);
	}
}
