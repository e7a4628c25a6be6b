/* SPDX-License-Identifier: MIT */
/* Calls that sleep for a time, for signals, for children, or for what can only be tried. */
#include "shim/schedule/sleeps.h"

#include <linux/time.h>
#include <linux/wait.h>

#include "shim/base/host.h"
#include "shim/base/mem.h"
#include "shim/memory/umem.h"
#include "shim/schedule/clocks.h"
#include "shim/schedule/now.h"
#include "shim/schedule/try.h"
#include "shim/schedule/turn.h"
#include "shim/threads/thread.h"

#define RETRY_NS 1000000UL

long fx_sleeps_for(struct fx_thread *t, const struct fx_host_args *x)
{
	bool by_clock = x->nr == __NR_clock_nanosleep;
	bool absolute = by_clock && (x->b & TIMER_ABSTIME);
	long at = by_clock ? x->c : x->a, left_at = by_clock ? x->d : x->b, r;
	int64_t time[2];
	struct fx_nap nap;
	uint64_t now, left;

	if (fx_umem_copy_in(time, (uintptr_t)at, sizeof(time)) < 0)
		return -EFAULT;
	/* What cannot be is the host's to refuse. */
	if (!fx_is_time(time) || (by_clock && (int)x->a == CLOCK_THREAD_CPUTIME_ID))
		return fx_try_host(x);
	if (fx_try_bails(t))
		return -FX_EBAIL;
	nap = fx_nap_until(x, absolute ? fx_clock_moment((int)x->a, fx_time_ns(time))
				       : fx_moment_in(fx_time_ns(time)));
	r = fx_turn_sleep(t, &nap);
	if (r == -ETIMEDOUT)
		return 0;
	now = fx_now(false);
	left = nap.until_ns > now ? nap.until_ns - now : 0;
	time[0] = (int64_t)(left / FX_NS_PER_SEC);
	time[1] = (int64_t)(left % FX_NS_PER_SEC);
	if (!absolute && left_at && fx_umem_copy_out((uintptr_t)left_at, time, sizeof(time)) < 0)
		return -EFAULT;
	return r;
}

long fx_sleeps_for_signal(struct fx_thread *t, const struct fx_host_args *x)
{
	struct fx_nap nap = fx_nap_until(x, FX_NEVER);
	uint64_t before;
	long r;

	if (fx_try_bails(t))
		return -FX_EBAIL;
	if (x->nr == __NR_pause)
		return fx_turn_sleep(t, &nap);
	fx_mask_take(x->a, &before);
	r = fx_try_bails(t) ? -EINTR : fx_turn_sleep(t, &nap);
	fx_mask_give_back(t, before);
	return r;
}

long fx_sleeps_sigwait(struct fx_thread *t, const struct fx_host_args *x)
{
	static const int64_t at_once[2];
	uint64_t ns = FX_NEVER;
	struct fx_nap nap;
	long r;

	fx_read_timeout(x->c, &ns, &r);
	if (r < 0)
		return r;
	nap = fx_nap_until(x, fx_moment_in(ns));
	nap.tries = true;
	for (;;) {
		r = fx_host_call_park(x->nr, x->a, x->b, (long)at_once, x->d, 0, 0);
		if (r != -EAGAIN || ns == 0)
			return r;
		if (fx_umem_copy_in(&nap.signals, (uintptr_t)x->a, sizeof(nap.signals)) < 0)
			return -EFAULT;
		r = fx_turn_sleep(t, &nap);
		if (r)
			return r == -ETIMEDOUT ? -EAGAIN : r;
	}
}

/* Whom wait4(2) waits for, as waitid(2) has it. */
static void as_waitid(const struct fx_host_args *x, struct fx_nap *nap)
{
	int pid = (int)x->a;

	nap->idtype = pid > 0 ? P_PID : pid == -1 ? P_ALL : P_PGID;
	nap->id = pid > 0 ? pid : pid == 0 ? (int)fx_host(__NR_getpgid, 0) : pid == -1 ? 0 : -pid;
	nap->options = ((int)x->c & ~WNOHANG) | WEXITED;
}

long fx_sleeps_wait(struct fx_thread *t, const struct fx_host_args *x)
{
	bool four = x->nr == __NR_wait4;
	struct fx_nap nap = fx_nap_until(x, FX_NEVER);
	char info[128];
	long r;

	if ((four ? x->c : x->d) & WNOHANG || fx_turn_alone(t))
		return fx_try_host(x);
	nap.child = true;
	if (four) {
		as_waitid(x, &nap);
	} else {
		nap.idtype = (int)x->a;
		nap.id = (int)x->b;
		nap.options = (int)x->d;
	}
	for (;;) {
		if (fx_try_bails(t))
			return -FX_EBAIL;
		memset(info, 0, sizeof(info));
		r = fx_host(__NR_waitid, nap.idtype, nap.id, info, nap.options | WNOHANG | WNOWAIT,
			    0);
		/* There is one, or there is none, or it is no call at all: that the host says. */
		if (r < 0 || ((const int *)info)[0])
			return fx_try_host(x);
		r = fx_turn_sleep(t, &nap);
		if (r < 0)
			return r;
	}
}

long fx_sleeps_retry(struct fx_thread *t, const struct fx_host_args *again, long none)
{
	for (;;) {
		struct fx_nap nap;
		long r = fx_try_host(again);

		if (r != none)
			return r;
		nap = fx_nap_until(again, fx_moment_in(RETRY_NS));
		r = fx_turn_sleep(t, &nap);
		if (r != -ETIMEDOUT)
			return r;
	}
}
