/* SPDX-License-Identifier: MIT */
#include "shim/calls/time_left.h"

#include <asm/errno.h>

#include "shim/base/call.h"
#include "shim/base/host_clock.h"
#include "shim/memory/umem.h"
#include "shim/threads/thread.h"

#define NSEC_PER_SEC 1000000000L
#define FRACTION     20 /* bits of the rate behind the point */
#define ROUGHLY	     10 /* bits of a number of ticks that do not matter */

/* No wait is to be too short for the error of all this. */
#define MARGIN_NS 10000UL

/*
 * A moment by both clocks, from the first such wait of the process: with another one it says how
 * long a tick is. To ask the host each time would make a poll that finds something at once three
 * times as long. The error of an elapsed time is no more than that of the two moments, since both
 * lie around it.
 */
static struct {
	uint32_t state; /* 0, 1 while it is filled, 2 */
	uint64_t ticks, ns;
} first;

/* 0 where the counter faults (PR_SET_TSC): then an interrupted wait begins with its whole time. */
static uint64_t ticks_now(void)
{
	uint64_t ticks = 0;

	return fx_umem_tsc(&ticks) == 0 ? ticks : 0;
}

static uint64_t begin(void)
{
	uint64_t ticks = ticks_now();
	uint32_t none = 0;

	if (__builtin_expect(__atomic_load_n(&first.state, __ATOMIC_RELAXED) == 2, 1) || !ticks)
		return ticks;
	if (__atomic_compare_exchange_n(&first.state, &none, 1, false, __ATOMIC_RELAXED,
					__ATOMIC_RELAXED)) {
		first.ticks = ticks;
		first.ns = fx_host_clock_ns(CLOCK_MONOTONIC);
		/* Pairs with elapsed_ns. A fork in between leaves the child without. */
		__atomic_store_n(&first.state, 2, __ATOMIC_RELEASE);
	}
	return ticks;
}

static uint64_t elapsed_ns(uint64_t began)
{
	uint64_t now = ticks_now(), ns = fx_host_clock_ns(CLOCK_MONOTONIC), span, span_ns, elapsed;

	if (!began || now <= began || __atomic_load_n(&first.state, __ATOMIC_ACQUIRE) != 2 ||
	    now <= first.ticks)
		return 0;
	span = now - first.ticks;
	for (span_ns = ns - first.ns; span_ns >> (63 - FRACTION); span >>= 1)
		span_ns >>= 1;
	if (!span)
		return 0;
	elapsed =
		((now - began) >> ROUGHLY) * ((span_ns << FRACTION) / span) >> (FRACTION - ROUGHLY);
	return elapsed > MARGIN_NS ? elapsed - elapsed / 4096 - MARGIN_NS : 0;
}

bool fx_time_left(struct fx_thread *t, const struct fx_call *c, struct fx_time *time)
{
	uint64_t elapsed;
	int64_t sec, nsec;

	if (t->until_nr != c->nr) {
		t->until_nr = c->nr;
		t->began = begin();
		return false;
	}
	elapsed = elapsed_ns(t->began);
	sec = time->sec - (int64_t)(elapsed / NSEC_PER_SEC);
	nsec = time->nsec - (int64_t)(elapsed % NSEC_PER_SEC);
	if (nsec < 0) {
		nsec += NSEC_PER_SEC;
		sec--;
	}
	*time = sec < 0 ? (struct fx_time){0, 0} : (struct fx_time){sec, nsec};
	return true;
}

bool fx_time_left_ms(struct fx_thread *t, const struct fx_call *c, int *ms)
{
	struct fx_time time = {*ms / 1000, *ms % 1000 * 1000000L};

	if (*ms <= 0) {
		t->until_nr = 0;
		return false;
	}
	if (!fx_time_left(t, c, &time))
		return false;
	*ms = (int)(time.sec * 1000 + (time.nsec + 999999) / 1000000);
	return true;
}

long fx_time_left_at(struct fx_thread *t, const struct fx_call *c, struct fx_time *own,
		     uintptr_t *host)
{
	if (!*host) {
		t->until_nr = 0;
		return 0;
	}
	if (fx_umem_copy_in(own, *host, sizeof(*own)) < 0)
		return -EFAULT;
	if (own->sec >= 0 && own->nsec >= 0 && fx_time_left(t, c, own))
		*host = (uintptr_t)own;
	return 0;
}
