/* SPDX-License-Identifier: MIT */
#include "shim/audit/clock.h"

#include <stdbool.h>

#include "shim/base/config.h"
#include "shim/base/host_clock.h"
#include "shim/memory/umem.h"

#define FRACTION     32		  /* bits of the rate behind the point */
#define FIRST_SPAN   20000	  /* ns: before, no rate is known */
#define LONGEST_SPAN 1000000000UL /* ns: then a new one begins */
#define GOES_ON	     100000000UL  /* ns: at most without the host */
#define QUICK	     4096	  /* ticks: an answer that took longer was interrupted */
#define QUICK_NS     2000
#define SET_US	     1000 /* a difference that has changed by more was changed by somebody */

/* Where to go on from. Read under seq, which is odd while the lock's holder writes. */
static struct {
	uint32_t seq;
	uint64_t tsc, ns; /* the same moment */
	uint64_t rate;	  /* ns a tick */
	uint64_t ticks;	  /* it is good for; 0: for nothing yet */
} from;

/* Only ever tried, never waited for: a holder that was killed costs speed alone. */
static uint32_t lock;
static uint64_t base_tsc, base_ns; /* begin of the span; the lock's */
static bool unusable;		   /* the counter faults: PR_SET_TSC */

static int64_t wall_offset;  /* us */
static uint64_t wall_looked; /* ns; 0: never */

static bool read_tsc(uint64_t *tsc)
{
	if (!fx_config.tsc || __atomic_load_n(&unusable, __ATOMIC_RELAXED))
		return false;
	if (fx_umem_tsc(tsc) == 0)
		return true;
	__atomic_store_n(&unusable, true, __ATOMIC_RELAXED);
	return false;
}

static uint64_t get(const uint64_t *member)
{
	return __atomic_load_n(member, __ATOMIC_RELAXED);
}

static void set(uint64_t *member, uint64_t value)
{
	__atomic_store_n(member, value, __ATOMIC_RELAXED);
}

/* False: the host is to be asked. Also for a counter that has gone back. */
static bool go_on(uint64_t tsc, uint64_t *ns)
{
	/* Pairs with write_from. */
	uint32_t seq = __atomic_load_n(&from.seq, __ATOMIC_ACQUIRE);
	uint64_t passed = tsc - get(&from.tsc), ticks = get(&from.ticks);

	*ns = get(&from.ns) + (passed * get(&from.rate) >> FRACTION);
	__atomic_thread_fence(__ATOMIC_ACQUIRE);
	return !(seq & 1) && __atomic_load_n(&from.seq, __ATOMIC_RELAXED) == seq && passed < ticks;
}

static void write_from(uint64_t tsc, uint64_t ns, uint64_t rate, uint64_t ticks)
{
	__atomic_store_n(&from.seq, from.seq + 1, __ATOMIC_RELAXED);
	__atomic_thread_fence(__ATOMIC_RELEASE);
	set(&from.tsc, tsc);
	set(&from.ns, ns);
	set(&from.rate, rate);
	set(&from.ticks, ticks);
	__atomic_store_n(&from.seq, from.seq + 1, __ATOMIC_RELEASE);
}

static void begin_span(uint64_t tsc, uint64_t ns)
{
	base_tsc = tsc;
	base_ns = ns;
}

/* The machine slept, or was moved to another: the two have not run side by side. */
static bool apart(uint64_t tsc, uint64_t ns)
{
	uint64_t passed_ns = ns - from.ns, counted = tsc - from.tsc, expected;

	if (!from.rate || passed_ns > LONGEST_SPAN)
		return false;
	if (counted < UINT64_MAX / from.rate)
		expected = counted * from.rate >> FRACTION;
	else
		expected = UINT64_MAX;
	/* The first rates are one percent off. */
	return (expected < passed_ns ? passed_ns - expected : expected - passed_ns) >
	       10000 + passed_ns / 32;
}

/* Wants the lock. */
static void note(uint64_t tsc, uint64_t ns)
{
	uint64_t span = tsc - base_tsc, span_ns = ns - base_ns, rate = from.rate, ticks;

	if (!base_tsc || apart(tsc, ns) || (!rate && span_ns > LONGEST_SPAN)) {
		begin_span(tsc, ns);
		write_from(tsc, ns, 0, 0);
		return;
	}
	if (span_ns < FIRST_SPAN)
		return;
	/* After a long silence the old rate still is a good one. */
	if (span_ns <= 2 * LONGEST_SPAN)
		rate = (span_ns << FRACTION) / span;
	if (span_ns > LONGEST_SPAN)
		begin_span(tsc, ns);
	ticks = (GOES_ON << FRACTION) / rate;
	write_from(tsc, ns, rate, span < ticks ? span : ticks);
}

/* Wants the lock, or not to share memory with anybody. */
static void look_at_wall(uint64_t ns)
{
	bool first = !wall_looked;
	int64_t offset = 0;

	if (!first && ns - wall_looked < GOES_ON)
		return;
	for (int tries = 0; tries < 4; tries++) {
		uint64_t wall = fx_host_clock_ns(CLOCK_REALTIME),
			 after = fx_host_clock_ns(CLOCK_MONOTONIC);
		bool quick = after - ns < QUICK_NS;

		offset = (int64_t)(wall / 1000) - (int64_t)(after / 1000);
		ns = after;
		if (quick)
			break;
		if (!first)
			return;
	}
	wall_looked = ns;
	if (first || offset - wall_offset > SET_US || wall_offset - offset > SET_US)
		__atomic_store_n(&wall_offset, offset, __ATOMIC_RELAXED);
}

static uint64_t ask(bool with_tsc, uint64_t before)
{
	uint64_t after = 0, ns;
	uint32_t free = 0;

	if (!__atomic_compare_exchange_n(&lock, &free, 1, false, __ATOMIC_ACQUIRE,
					 __ATOMIC_RELAXED))
		return fx_host_clock_ns(CLOCK_MONOTONIC);
	ns = fx_host_clock_ns(CLOCK_MONOTONIC);
	if (with_tsc && read_tsc(&after) && after - before < QUICK)
		note(before + (after - before) / 2, ns);
	look_at_wall(ns);
	__atomic_store_n(&lock, 0, __ATOMIC_RELEASE);
	return ns;
}

int64_t fx_clock_us(void)
{
	uint64_t tsc = 0, ns;
	bool with_tsc = read_tsc(&tsc);

	if (!with_tsc || !go_on(tsc, &ns))
		ns = ask(with_tsc, tsc);
	return (int64_t)(ns / 1000);
}

int64_t fx_clock_wall_us(int64_t us)
{
	return us + __atomic_load_n(&wall_offset, __ATOMIC_RELAXED);
}

/* Another thread of the parent may have been at it. */
void fx_clock_after_fork(void)
{
	lock = 0;
	from.seq = 0;
	from.ticks = 0;
	from.rate = 0;
	base_tsc = 0;
}
