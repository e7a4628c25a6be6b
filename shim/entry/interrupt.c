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
 * instruction window (base/host_call_x86_64.S, signals/leave_x86_64.S):
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
#include "shim/entry/interrupt.h"

#include "shim/audit/own_write.h"
#include "shim/base/host.h"
#include "shim/base/kernel_signal.h"
#include "shim/base/sigset.h"
#include "shim/entry/point.h"
#include "shim/hang/answer.h"
#include "shim/hang/stop.h"
#include "shim/memory/umem.h"
#include "shim/patch/patch.h"
#include "shim/patch/point.h"
#include "shim/patch/stopped.h"
#include "shim/process/leader.h"
#include "shim/process/nudge.h"
#include "shim/process/process.h"
#include "shim/schedule/snapshot.h"
#include "shim/schedule/turn.h"
#include "shim/signals/lend.h"
#include "shim/signals/signal.h"
#include "shim/threads/thread.h"

extern const char fx_park_window[], fx_park_window_end[], fx_park_bail[], fx_park_interrupted[];
extern const char fx_leave_window[], fx_leave_window_end[], fx_leave_deliver[];
extern const char fx_patched_window[], fx_patched_window_end[], fx_patched_slow[];
extern const char fx_point_window[], fx_point_window_end[], fx_point_slow[], fx_point_tail[];
extern const char fx_point_resume[], fx_point_entry[], fx_point_end[];
extern const char fx_patched_resume[], fx_patched_entry[], fx_patched_trap_end[];

#define SYSCALL_LENGTH	  2
#define INSTRUCTION_FETCH 0x10 /* in the page fault's error code */
#define PAGE_FAULT	  14   /* sigcontext.trapno */

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
	else if (within(ip, fx_point_window, fx_point_window_end))
		uc->uc_mcontext.rip = (uintptr_t)fx_point_slow;
}

/* On the way out of a patched call, with the guest's registers in place but rip. */
static bool on_way_out(uintptr_t ip)
{
	return within(ip, fx_patched_entry, fx_patched_trap_end);
}

/* The guest was interrupted: where it is as far as it can tell. */
static void put_back(const struct fx_thread *t, struct ucontext *uc)
{
	struct sigcontext *sc = &uc->uc_mcontext;

	if (fx_config.points && within(sc->rip, fx_point_entry, fx_point_end)) {
		/* Likewise, at a point of the program. */
		sc->rip = t->point_back;
		uc->uc_sigmask = fx_host_mask(t->mask);
	}
	if (fx_patch_active() && on_way_out(sc->rip)) {
		/* A signal that was recorded has all others blocked. */
		sc->rip = sc->rcx;
		uc->uc_sigmask = fx_host_mask(t->mask);
	}
	fx_stopped_put_back(uc);
}

/* Whether the shim was interrupted. The guest, if not, is nowhere else than it thinks. */
static bool in_shim(struct fx_thread *t, struct ucontext *uc)
{
	if (fx_on_shim_stack(t, uc->uc_mcontext.rsp))
		return true;
	put_back(t, uc);
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

/* Of every asynchronous signal. */
int fx_interrupt_signal(int sig, siginfo_t *info, struct ucontext *uc)
{
	struct fx_thread *t = fx_thread_self();

	(void)sig;
	if (fx_own_write_caused(t, info))
		return 0;
	if (in_shim(t, uc)) {
		record(t, uc, info);
		return 0;
	}
	fx_signal_deliver(t, uc, info, false);
	return 1;
}

/*
 * What waits for this thread is to be delivered on the way out: its own, and what others offer. In
 * the shim a window closes as for a recorded signal, also if what waits can only be
 * found by a call that looks for it.
 */
static void look(struct fx_thread *t, struct ucontext *uc, bool shim)
{
	uint32_t found = 0;

	fx_signal_release_held(t);
	if (fx_leader_waits() && fx_leader_is(t))
		found = FX_PENDING_OFFERED;
	if (shim && fx_lend_due(t))
		found |= FX_PENDING_LOOK;
	__atomic_or_fetch(&t->pending, found, __ATOMIC_RELAXED);
	if (shim && (t->pending & (FX_PENDING_HELD | FX_PENDING_OFFERED | FX_PENDING_LOOK)))
		close_window(uc);
}

/*
 * A synchronous signal that somebody sent. It is held, whatever the mask: the
 * way out knows whether the guest blocks it.
 */
int fx_interrupt_sent(struct fx_thread *t, struct ucontext *uc, siginfo_t *info)
{
	bool shim = in_shim(t, uc);

	fx_signal_hold(t, info);
	look(t, uc, shim);
	t->disturbed = true;
	return !shim;
}

/* Another thread has something for this one. Or had: the nudge may be late. */
static int nudged(struct fx_thread *t, struct ucontext *uc)
{
	bool shim = in_shim(t, uc);

	fx_stop_here(t, uc, shim);
	if (__builtin_expect(fx_turns(), 0) && fx_turn_overdue(t) && !shim) {
		t->in_handler = true;
		fx_turn_stop(t, uc->uc_mcontext.rip);
		t->in_handler = false;
	}
	look(t, uc, shim);
	t->disturbed = true;
	return !shim;
}

/* Somebody outside has a question. A nudge may have been lost on its account. */
static int asked(struct fx_thread *t, struct ucontext *uc)
{
	bool shim = in_shim(t, uc);

	fx_answer(t, shim ? NULL : uc);
	fx_nudge_due(t);
	look(t, uc, shim);
	t->disturbed = true;
	return !shim;
}

static bool is_first_there(uintptr_t at)
{
	if (!fx_points_page(at))
		return false;
	fx_snapshot_note_page(at);
	return true;
}

static bool is_fetch(int sig, const siginfo_t *info, const struct ucontext *uc)
{
	return sig == SIGSEGV && info->si_code == SEGV_ACCERR &&
	       (uc->uc_mcontext.err & INSTRUCTION_FETCH);
}

/*
 * Of patched call sites, and nothing to the guest: an instruction that is just being
 * changed, or that has been replaced, GS as the guest has set it, a single step that is none of the
 * guest's, and the breakpoint by which a call ends that a signal came into.
 */
static bool is_of_patching(struct fx_thread *t, int sig, const siginfo_t *info, struct ucontext *uc)
{
	if (is_fetch(sig, info, uc) &&
	    ((fx_config.points && is_first_there((uintptr_t)info->si_addr)) ||
	     fx_stopped_fetch(t, uc)))
		return true;
	if (sig == SIGTRAP && (uc->uc_mcontext.rip == (uintptr_t)fx_patched_resume ||
			       uc->uc_mcontext.rip == (uintptr_t)fx_point_resume)) {
		put_back(t, uc);
		return true;
	}
	if (sig == SIGTRAP && fx_config.points && fx_point_reached(t, uc))
		return true;
	if (sig == SIGTRAP)
		return info->si_code == TRAP_TRACE && fx_stopped_step(uc);
	if (sig == SIGILL)
		return fx_stopped_behind(t, uc);
	return fx_stopped_find(uc);
}

static bool is_sent(const siginfo_t *info)
{
	return info->si_code <= 0 || info->si_code > FX_CODE_MOST;
}

/* What follows may fault in guest memory, while the handler of such a fault is at work. */
static void reach_memory(int sig)
{
	const uint64_t own = FX_UMEM_SIGNALS & FX_SIGBIT(sig);

	if (own)
		fx_host(__NR_rt_sigprocmask, SIG_UNBLOCK, &own, 0, sizeof(own));
}

static int sent_to(struct fx_thread *t, int sig, siginfo_t *info, struct ucontext *uc)
{
	int guest;

	/* The shim never raises SIGFPE, so that is as any other. */
	if (sig == SIGFPE) {
		info->si_code = fx_code_as_sent(info->si_code);
		return fx_interrupt_signal(sig, info, uc);
	}
	guest = fx_interrupt_sent(t, uc, info);
	if (guest)
		reach_memory(sig);
	return guest;
}

/* As Linux keeps it with the thread; only a page fault has an address. */
static void keep_fault(struct fx_thread *t, const struct ucontext *uc)
{
	const struct sigcontext *sc = &uc->uc_mcontext;

	t->fault.err = sc->err;
	t->fault.trapno = sc->trapno;
	if (sc->trapno == PAGE_FAULT)
		t->fault.cr2 = sc->cr2;
}

/* Of the signals that the hardware raises. Nests: it may fault in umem itself. */
int fx_interrupt_fault(int sig, siginfo_t *info, struct ucontext *uc)
{
	struct fx_thread *t = fx_thread_self();
	uintptr_t ip = uc->uc_mcontext.rip;

	if (fx_nudge_is(t, info))
		return nudged(t, uc);
	if (fx_answer_is_asked(info))
		return asked(t, uc);
	if (is_sent(info))
		return sent_to(t, sig, info, uc);
	if (within(ip, fx_umem_begin, fx_umem_end)) {
		uc->uc_mcontext.rip = (uintptr_t)fx_umem_fault;
		return 0;
	}
	if (fx_on_shim_stack(t, uc->uc_mcontext.rsp)) {
		if (is_fetch(sig, info, uc) && fx_stopped_entering(t, uc))
			return 0;
		fx_process_internal_error(info, ip);
	}
	reach_memory(sig);
	/* The host keeps one SIGTRAP: a nudge that came while this one was on its way is lost. */
	if (sig == SIGTRAP && fx_nudge_due(t)) {
		fx_stop_here(t, uc, false);
		look(t, uc, false);
	}
	if (is_of_patching(t, sig, info, uc))
		return 1;
	put_back(t, uc);
	keep_fault(t, uc);
	fx_signal_deliver(t, uc, info, true);
	return 1;
}
