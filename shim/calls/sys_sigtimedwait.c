/* SPDX-License-Identifier: MIT */
/*
 * sigtimedwait(2), on the host and on what the shim holds: while it waits for signals of
 * FX_SYNC_SIGNALS others know of it by fx_thread.sigwait, and a nudge ends the host's wait.
 */
#include "shim/base/host.h"
#include "shim/base/sigset.h"
#include "shim/calls/handlers.h"
#include "shim/calls/time_left.h"
#include "shim/memory/umem.h"
#include "shim/process/sent.h"
#include "shim/signals/signal.h"
#include "shim/threads/thread.h"

#define SIGSET_SIZE  8
#define NSEC_PER_SEC 1000000000L

/* The host keeps this one of FX_FAULT_SIGNALS while it is blocked. */
static void code_as_sent_at(uintptr_t uinfo)
{
	uintptr_t ucode = uinfo + offsetof(siginfo_t, si_code);
	uint32_t code;

	if (fx_umem_load32(ucode, &code) == 0)
		fx_umem_store32(ucode, (uint32_t)fx_code_as_sent((int)code));
}

static long give(const siginfo_t *info, uintptr_t uinfo)
{
	if (uinfo && fx_umem_copy_out(uinfo, info, sizeof(*info)) < 0)
		return -EFAULT;
	return info->si_signo;
}

long fx_sys_rt_sigtimedwait(struct fx_thread *t, struct fx_call *c)
{
	uintptr_t utime = c->arg[2];
	uint64_t set, host, sync;
	struct fx_time time;
	siginfo_t info;
	long r;

	if (c->arg[3] != SIGSET_SIZE)
		return -EINVAL;
	if (fx_umem_load64(c->arg[0], &set) < 0)
		return -EFAULT;
	r = fx_time_left_at(t, c, &time, &utime);
	if (r < 0)
		return r;
	if (utime && (time.sec < 0 || (uint64_t)time.nsec >= NSEC_PER_SEC))
		return -EINVAL;
	sync = set & FX_SYNC_SIGNALS;
	host = fx_host_mask(set);
	if (sync) {
		/* What another thread has lent to the host for a moment is there again after it. */
		if (fx_sent_about(t) & ~fx_sent_waiting(t) & sync) {
			fx_sent_lock();
			fx_sent_unlock();
		}
		__atomic_store_n(&t->sigwait, sync, __ATOMIC_SEQ_CST);
		if (fx_signal_held(t, ~sync) && fx_signal_take_held(t, sync, &info)) {
			__atomic_store_n(&t->sigwait, 0, __ATOMIC_SEQ_CST);
			return give(&info, c->arg[1]);
		}
	}
	r = fx_host_park(c->nr, &host, c->arg[1], utime, SIGSET_SIZE);
	if (sync) {
		/* What was put, or held, meanwhile: before what this wait has is no other's. */
		bool taken = r < 0 && fx_signal_take_held(t, sync, &info);

		__atomic_store_n(&t->sigwait, 0, __ATOMIC_SEQ_CST);
		if (t->pending & FX_PENDING_HELD) {
			__atomic_and_fetch(&t->pending, ~(uint32_t)FX_PENDING_HELD,
					   __ATOMIC_RELAXED);
			fx_signal_release_held(t);
		}
		if (taken)
			return give(&info, c->arg[1]);
		/* Another thread was quicker: nothing has happened. */
		if (r == -FX_EBAIL && !t->pending) {
			t->disturbed = true;
			r = -EINTR;
		}
	}
	if (r == SIGFPE && c->arg[1])
		code_as_sent_at(c->arg[1]);
	return r;
}
