/* SPDX-License-Identifier: MIT */
#include "shim/calls/vfork_wait.h"

#include <linux/futex.h>

#include "shim/base/host.h"
#include "shim/base/sigset.h"
#include "shim/process/process.h"
#include "shim/signals/fatal.h"
#include "shim/threads/thread.h"

static bool kills(const struct fx_thread *t, int sig)
{
	return !(t->mask & FX_SIGBIT(sig)) && fx_signal_kills_at_once(t, sig);
}

static uint64_t all_that_kill(const struct fx_thread *t)
{
	uint64_t set = 0;

	for (int sig = 1; sig <= FX_NSIG; sig++)
		set |= kills(t, sig) ? FX_SIGBIT(sig) : 0;
	return set;
}

static bool killed(const struct fx_thread *t)
{
	return (t->pending & FX_PENDING_RECORDED) && kills(t, t->recorded_info.si_signo);
}

static void block(uint64_t mask)
{
	fx_host(__NR_rt_sigprocmask, SIG_SETMASK, &mask, 0, sizeof(mask));
}

/*
 * All that does not kill the host keeps meanwhile. With something pending that does not, what was
 * recorded has everything blocked, so that park's look before the call is not needed.
 */
bool fx_vfork_wait(struct fx_thread *t, struct ucontext *uc, uint32_t *host_tid)
{
	uint32_t tid;

	/* What was recorded before stays the only one. */
	block(FX_ALL_ASYNC);
	if (!(t->pending & FX_PENDING_RECORDED))
		block(FX_ALL_ASYNC & ~all_that_kill(t));
	while ((tid = __atomic_load_n(host_tid, __ATOMIC_ACQUIRE))) {
		if (killed(t)) {
			siginfo_t info = t->recorded_info;

			__atomic_and_fetch(&t->pending, ~(uint32_t)FX_PENDING_RECORDED,
					   __ATOMIC_RELAXED);
			fx_process_die(t, uc, &info);
			return false;
		}
		/* It is for calls that could find something. */
		__atomic_and_fetch(&t->pending, ~(uint32_t)FX_PENDING_LOOK, __ATOMIC_RELAXED);
		/* The kernel's wake is one without FUTEX_PRIVATE_FLAG. */
		if (t->pending)
			fx_host(__NR_futex, host_tid, FUTEX_WAIT, tid, 0);
		else
			fx_host_park(__NR_futex, host_tid, FUTEX_WAIT, tid, 0);
	}
	block(FX_ALL_ASYNC);
	return true;
}
