/* SPDX-License-Identifier: MIT */
#include "shim/schedule/try.h"

#include "shim/base/host.h"
#include "shim/base/sigset.h"
#include "shim/memory/umem.h"
#include "shim/schedule/clocks.h"
#include "shim/schedule/now.h"
#include "shim/schedule/turn.h"
#include "shim/threads/thread.h"

long fx_try_host(const struct fx_host_args *x)
{
	return fx_host_call_park(x->nr, x->a, x->b, x->c, x->d, x->e, x->f);
}

/* As before a host call that may sleep. */
bool fx_try_bails(const struct fx_thread *t)
{
	return __atomic_load_n(&t->pending, __ATOMIC_ACQUIRE);
}

struct fx_nap fx_nap_until(const struct fx_host_args *x, uint64_t until_ns)
{
	return (struct fx_nap){
		.what = (uint64_t)x->nr, .timed = until_ns != FX_NEVER, .until_ns = until_ns};
}

/* The moment at which so much time has passed. */
uint64_t fx_moment_in(uint64_t ns)
{
	uint64_t now = fx_now(false);

	return ns >= FX_NEVER - now ? FX_NEVER : now + ns;
}

bool fx_is_time(const int64_t time[2])
{
	return time[0] >= 0 && time[1] >= 0 && time[1] < (int64_t)FX_NS_PER_SEC;
}

uint64_t fx_time_ns(const int64_t time[2])
{
	return time[0] > INT64_MAX / (int64_t)FX_NS_PER_SEC - 1
		       ? FX_NEVER
		       : (uint64_t)time[0] * FX_NS_PER_SEC + (uint64_t)time[1];
}

/* The host's mask for a call, and the one before, but that what was recorded has all blocked. */
void fx_mask_take(long mask, uint64_t *before)
{
	fx_host(__NR_rt_sigprocmask, SIG_SETMASK, mask, before, sizeof(*before));
}

void fx_mask_give_back(const struct fx_thread *t, uint64_t before)
{
	static const uint64_t all = FX_ALL_ASYNC;
	uint64_t mask = before;

	fx_host(__NR_rt_sigprocmask, SIG_BLOCK, &all, 0, sizeof(all));
	if (t->pending & FX_PENDING_RECORDED)
		mask |= FX_ALL_ASYNC;
	fx_host(__NR_rt_sigprocmask, SIG_SETMASK, &mask, 0, sizeof(mask));
}

/* Until what try finds; it is 0 while there is nothing. */
long fx_try_again(struct fx_thread *t, struct fx_nap *nap, const struct fx_host_args *try)
{
	for (;;) {
		long r = fx_try_bails(t) ? -FX_EBAIL
					 : fx_host(try->nr, try->a, try->b, try->c, try->d, try->e);

		if (r)
			return r;
		r = fx_turn_sleep(t, nap);
		if (r == -ETIMEDOUT)
			return 0;
		if (r < 0)
			return r;
	}
}

/* With the host's mask as the call has it; a signal that comes at once has interrupted it. */
long fx_try_with_mask(struct fx_thread *t, long mask, struct fx_nap *nap,
		      const struct fx_host_args *try)
{
	uint64_t before;
	long r;

	if (!mask)
		return fx_try_again(t, nap, try);
	if (fx_try_bails(t))
		return -FX_EBAIL;
	fx_mask_take(mask, &before);
	r = fx_try_again(t, nap, try);
	fx_mask_give_back(t, before);
	return r == -FX_EBAIL ? -EINTR : r;
}

/* A timeout in the program's memory. False: it has none. *r: it is none at all. */
bool fx_read_timeout(long at, uint64_t *ns, long *r)
{
	int64_t time[2];

	*r = 0;
	if (!at)
		return false;
	if (fx_umem_copy_in(time, (uintptr_t)at, sizeof(time)) < 0)
		*r = -EFAULT;
	else if (!fx_is_time(time))
		*r = -EINVAL;
	else
		*ns = fx_time_ns(time);
	return true;
}
