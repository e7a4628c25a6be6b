/* SPDX-License-Identifier: MIT */
/*
 * The platform's four functions, and the two clocks: one counter, and how far the time of day is
 * ahead of it.
 */
#include "manager/errno.h"
#include "manager/platform_bare/cpu.h"
#include "manager/platform_bare/task.h"

#define NSEC 1000000000

/* What FX_CLOCK_REALTIME is ahead of the other clock; under the lock of task.c. */
static int64_t ahead_sec, ahead_nsec; /* 0 <= ahead_nsec < NSEC */

static void monotonic_now(struct fx_deadline *out)
{
	const uint64_t ticks = fx_bare_cpu_ticks(), hz = fx_bare_cpu_hz();

	out->sec = (int64_t)(ticks / hz);
	out->nsec = (int64_t)(ticks % hz * NSEC / hz);
}

void fx_bare_now(enum fx_clock clock, struct fx_deadline *out)
{
	monotonic_now(out);
	out->clock = clock;
	if (clock != FX_CLOCK_REALTIME)
		return;
	out->sec += ahead_sec;
	out->nsec += ahead_nsec;
	if (out->nsec >= NSEC) {
		out->nsec -= NSEC;
		out->sec++;
	}
}

void fx_bare_set_realtime(int64_t sec, int64_t nsec)
{
	struct fx_deadline now;

	fx_bare_lock();
	monotonic_now(&now);
	ahead_sec = sec - now.sec;
	ahead_nsec = nsec - now.nsec;
	if (ahead_nsec < 0) {
		ahead_nsec += NSEC;
		ahead_sec--;
	}
	fx_bare_kick_all();
	fx_bare_unlock();
}

static void clock_now(enum fx_clock clock, struct fx_deadline *out)
{
	fx_bare_lock();
	fx_bare_now(clock, out);
	fx_bare_unlock();
}

static int park(const struct fx_spot *spot, const struct fx_deadline *deadline,
		enum fx_park_kind kind)
{
	int rc = -FX_EAGAIN;

	(void)kind;
	fx_bare_lock();
	/* Who changes the word and then unparks needs the lock for that: it finds us asleep. */
	if (__atomic_load_n(spot->address, __ATOMIC_ACQUIRE) == spot->expected)
		rc = fx_bare_sleep(spot->address, deadline);
	fx_bare_unlock();
	return rc;
}

static void unpark(uint32_t *word)
{
	fx_bare_lock();
	fx_bare_wake(word);
	fx_bare_unlock();
}

const struct fx_platform_ops fx_platform_bare = {
	.park = park,
	.unpark = unpark,
	.clock_now = clock_now,
	.relax = fx_bare_cpu_relax,
};
