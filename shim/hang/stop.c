/* SPDX-License-Identifier: MIT */
#include "shim/hang/stop.h"

#include <linux/futex.h>
#include <stddef.h>

#include "manager/waiter.h"
#include "shim/base/host.h"
#include "shim/base/host_clock.h"
#include "shim/process/nudge.h"
#include "shim/threads/thread.h"

#define LONGEST_NS 200000000
#define BEGINS_NS  50000000
#define LOOK_NS	   100000

/* Odd while threads are to stand; each time another number, which who stands has noted. */
static uint32_t round;
static uint32_t asked, answered;

static bool is_odd(uint32_t n)
{
	return n & 1;
}

static void note(struct fx_thread *t, const struct ucontext *uc, uint32_t now)
{
	t->stopped_at = uc;
	__atomic_store_n(&t->stopped, now, __ATOMIC_RELEASE);
}

static bool sleeps(const struct fx_thread *t)
{
	const uint32_t *word = __atomic_load_n(&t->parked, __ATOMIC_ACQUIRE);

	return word && !t->parked_for_a_time &&
	       fx_waiter_parked(__atomic_load_n(word, __ATOMIC_ACQUIRE));
}

/* It waits for its turn in the handler of a breakpoint, which no nudge gets into. */
static bool stands_at_point(const struct fx_thread *t)
{
	return __atomic_load_n(&t->point_regs, __ATOMIC_ACQUIRE) &&
	       __atomic_load_n(&t->in_handler, __ATOMIC_RELAXED);
}

static bool is_to_stop(const struct fx_thread *t)
{
	return __atomic_load_n(&t->host_tid, __ATOMIC_ACQUIRE) > 1 && !t->own_process &&
	       !__atomic_load_n(&t->gone, __ATOMIC_ACQUIRE) && !sleeps(t) && !stands_at_point(t);
}

static int64_t now_ns(void)
{
	return (int64_t)fx_host_clock_ns(CLOCK_MONOTONIC);
}

static void await_answers(void)
{
	int64_t end = now_ns() + LONGEST_NS, left;
	uint32_t have;

	while ((have = __atomic_load_n(&answered, __ATOMIC_ACQUIRE)) < asked &&
	       (left = end - now_ns()) > 0) {
		const int64_t timeout[2] = {0, left};

		fx_host(__NR_futex, &answered, FUTEX_WAIT | FUTEX_PRIVATE_FLAG, have, timeout);
	}
}

/* Who was made, and has not run yet, has no id: it is given a moment. */
static void await_begun(void)
{
	const int64_t end = now_ns() + BEGINS_NS, look[2] = {0, LOOK_NS};
	struct fx_thread *t;

	for (unsigned i = 0; (t = fx_thread_nth(i)); i++)
		while (__atomic_load_n(&t->host_tid, __ATOMIC_ACQUIRE) == 1 && !t->own_process &&
		       now_ns() < end)
			fx_host(__NR_futex, &t->host_tid, FUTEX_WAIT | FUTEX_PRIVATE_FLAG, 1, look);
}

bool fx_stop_all(struct fx_thread *self, const struct ucontext *uc)
{
	struct fx_thread *t;
	uint32_t was;

	await_begun();
	was = __atomic_load_n(&round, __ATOMIC_RELAXED);
	if (is_odd(was) || !__atomic_compare_exchange_n(&round, &was, was + 1, false,
							__ATOMIC_ACQ_REL, __ATOMIC_RELAXED))
		return false;
	asked = 0;
	__atomic_store_n(&answered, 0, __ATOMIC_RELAXED);
	note(self, uc, was + 1);
	for (unsigned i = 0; (t = fx_thread_nth(i)); i++)
		if (t != self && is_to_stop(t) && fx_nudge(t))
			asked++;
	await_answers();
	return true;
}

void fx_stop_release(void)
{
	__atomic_add_fetch(&round, 1, __ATOMIC_RELEASE);
	fx_host(__NR_futex, &round, FUTEX_WAKE | FUTEX_PRIVATE_FLAG, INT32_MAX);
}

void fx_stop_here(struct fx_thread *t, const struct ucontext *uc, bool shim)
{
	uint32_t now = __atomic_load_n(&round, __ATOMIC_ACQUIRE);

	if (__builtin_expect(!is_odd(now), 1) || t->stopped == now)
		return;
	note(t, shim ? NULL : uc, now);
	__atomic_add_fetch(&answered, 1, __ATOMIC_RELEASE);
	fx_host(__NR_futex, &answered, FUTEX_WAKE | FUTEX_PRIVATE_FLAG, 1);
	while (__atomic_load_n(&round, __ATOMIC_ACQUIRE) == now)
		fx_host(__NR_futex, &round, FUTEX_WAIT | FUTEX_PRIVATE_FLAG, now, 0);
}

enum fx_stopped fx_stop_state(const struct fx_thread *t)
{
	uint32_t now = __atomic_load_n(&round, __ATOMIC_ACQUIRE);

	if (is_odd(now) && __atomic_load_n(&t->stopped, __ATOMIC_ACQUIRE) == now)
		return t->stopped_at ? FX_STOPPED_IN_GUEST : FX_STOPPED_IN_SHIM;
	return sleeps(t) || stands_at_point(t) ? FX_STOPPED_IN_SHIM : FX_STOPPED_NOT;
}

const struct ucontext *fx_stop_frame(const struct fx_thread *t)
{
	return t->stopped_at;
}

void fx_stop_after_fork(void)
{
	round = 0;
}
