/* SPDX-License-Identifier: MIT */
#include "shim/signals/signal.h"

#include "shim/base/call.h"
#include "shim/base/host.h"
#include "shim/base/kernel_signal.h"
#include "shim/base/lock.h"
#include "shim/base/sigset.h"
#include "shim/process/leader.h"
#include "shim/process/process.h"
#include "shim/process/sent.h"
#include "shim/signals/sigframe.h"
#include "shim/signals/signal_host.h"
#include "shim/threads/thread.h"

uint64_t fx_signal_held(const struct fx_thread *t, uint64_t mask)
{
	/* Between the mask and the look at what was put: sent.h. */
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	return (t->held | fx_sent_waiting(t)) & ~mask;
}

void fx_signal_release_held(struct fx_thread *t)
{
	uint64_t held = fx_signal_held(t, 0);

	if (__builtin_expect(!held, 1))
		return;
	if (held & (~t->mask | t->sigwait))
		__atomic_or_fetch(&t->pending, FX_PENDING_HELD, __ATOMIC_RELAXED);
	if (held & t->mask)
		fx_sent_tell(t);
}

static struct fx_action take_action(struct fx_thread *t, int sig)
{
	struct fx_sighand *h = t->sighand;
	struct fx_action action;

	fx_shim_lock(&h->lock);
	action = h->action[sig - 1];
	if ((action.flags & SA_RESETHAND) && action.handler > 1) {
		h->action[sig - 1].handler = 0;
		fx_signal_host_action(h, sig);
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
	else if (t->restart != FX_RESTART_NONE)
		t->until_nr = 0;
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
	if (fx_sigframe_build(t, uc, info, action, saved) < 0) {
		siginfo_t segv = {.si_signo = SIGSEGV, .si_code = SI_KERNEL};

		/* A frame that cannot be written for SIGSEGV itself has no second try. */
		if (sig == SIGSEGV)
			fx_process_die(t, uc, &segv);
		else
			fx_signal_deliver(t, uc, &segv, true);
		return;
	}
	t->has_saved_mask = false;
	t->until_nr = 0;
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
	/* The first process of a PID namespace gets only what it has a handler for. */
	if (!forced && (action.handler == 1 || fx_signal_ignored_by_default(sig) || t->pid == 1)) {
		resume_call(t, uc);
		return;
	}
	if (!forced && fx_signal_stops_by_default(sig)) {
		fx_host(__NR_kill, fx_host(__NR_getpid), SIGSTOP);
		return;
	}
	fx_signal_host_dying(t, uc, info);
	fx_process_die(t, uc, info);
}

void fx_signal_force_segv(struct fx_thread *t, struct ucontext *uc)
{
	siginfo_t info = {.si_signo = SIGSEGV, .si_code = SI_KERNEL};

	fx_signal_deliver(t, uc, &info, true);
}

_Static_assert(__builtin_popcountll(FX_SYNC_SIGNALS) == FX_HELD_SIGNALS, "one slot for each");

/* sig_ignored() of Linux: what nobody wants is not even kept, unless it is blocked. */
static bool ignores(const struct fx_thread *t, uint64_t bit)
{
	int sig = __builtin_ctzll(bit) + 1;

	return !((t->mask | t->sigwait) & bit) &&
	       __atomic_load_n(&t->sighand->action[sig - 1].handler, __ATOMIC_RELAXED) == 1;
}

void fx_signal_hold(struct fx_thread *t, siginfo_t *info)
{
	uint64_t bit = FX_SIGBIT(info->si_signo);
	bool to_process = fx_code_to_process(&info->si_code) && !t->own_process;

	if (ignores(t, bit))
		return;
	if (to_process) {
		fx_sent_put(t, info);
		return;
	}
	fx_signal_hold_own(t, info);
}

void fx_signal_hold_own(struct fx_thread *t, const siginfo_t *info)
{
	uint64_t bit = FX_SIGBIT(info->si_signo);

	if (__atomic_load_n(&t->held, __ATOMIC_RELAXED) & bit)
		return;
	t->held_info[fx_held_slot(info->si_signo)] = *info;
	__atomic_or_fetch(&t->held, bit, __ATOMIC_RELAXED);
}

bool fx_signal_take_held(struct fx_thread *t, uint64_t set, siginfo_t *info)
{
	uint64_t bit = t->held & set;

	if (!bit)
		return fx_sent_take(t, set, info);
	bit &= -bit;
	*info = t->held_info[fx_held_slot(__builtin_ctzll(bit) + 1)];
	/* Another thread may have set SIG_IGN just now; then this one came before. */
	__atomic_and_fetch(&t->held, ~bit, __ATOMIC_RELAXED);
	return true;
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

static void end_doomed(struct fx_thread *t, struct ucontext *uc)
{
	siginfo_t info = {.si_signo = t->doomed_by, .si_code = SI_USER, .si_pid = t->pid};

	__atomic_store_n(&t->pending, 0, __ATOMIC_RELAXED);
	fx_process_die(t, uc, &info);
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

/*
 * A signal may be recorded meanwhile, and is then delivered on top of what is
 * built here: the way out comes back until nothing is pending.
 */
void fx_signal_deliver_pending(struct ucontext *uc)
{
	struct fx_thread *t = fx_thread_self();

	if (t->pending & FX_PENDING_DOOMED) {
		end_doomed(t, uc);
		return;
	}
	__atomic_and_fetch(&t->pending, ~(uint32_t)FX_PENDING_LOOK, __ATOMIC_RELAXED);
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
	if (t->pending & FX_PENDING_HELD) {
		siginfo_t info;

		__atomic_and_fetch(&t->pending, ~(uint32_t)FX_PENDING_HELD, __ATOMIC_RELAXED);
		/* Another thread may have taken what was the process's. */
		if (fx_signal_take_held(t, ~t->mask, &info))
			fx_signal_deliver(t, uc, &info, false);
		else
			resume_call(t, uc);
	}
	fx_signal_release_held(t);
	if (t->has_saved_mask) {
		t->has_saved_mask = false;
		fx_signal_set_mask(t, uc, t->saved_mask);
	}
}
