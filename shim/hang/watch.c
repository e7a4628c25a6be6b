/* SPDX-License-Identifier: MIT */
#include "shim/hang/watch.h"

#include "manager/errno.h"
#include "shim/audit/trace.h"
#include "shim/base/config.h"
#include "shim/hang/cycle.h"
#include "shim/hang/long_wait.h"
#include "shim/hang/still.h"
#include "shim/hang/stuck.h"
#include "shim/threads/thread.h"

#define SECOND_NS 1000000000
#define SOON_NS	  10000000

static const struct fx_platform_ops *below;
static struct fx_platform_ops ops;

static struct fx_deadline in(int64_t ns)
{
	struct fx_deadline at;

	below->clock_now(FX_CLOCK_MONOTONIC, &at);
	at.nsec += ns;
	at.sec += at.nsec / SECOND_NS;
	at.nsec %= SECOND_NS;
	return at;
}

/* The last one: says what there is to say, now or after another look. */
static int sleep_last(struct fx_thread *t, const struct fx_spot *spot)
{
	bool again = false;
	uint64_t parks;

	while (fx_still_all(t, &parks)) {
		enum fx_stuck stuck = fx_stuck(t, parks, again);
		struct fx_deadline later;
		int rc;

		if (stuck == FX_STUCK_DIES)
			return -FX_EBAIL;
		if (stuck == FX_STUCK_SLEEPS)
			break;
		again = again || stuck == FX_STUCK_LOOK_AGAIN;
		later = in(stuck == FX_STUCK_LOOK_AGAIN ? SECOND_NS : SOON_NS);
		rc = below->park(spot, &later, FX_PARK_WAIT);
		if (rc != -FX_ETIMEDOUT)
			return rc;
	}
	return below->park(spot, NULL, FX_PARK_WAIT);
}

/*
 * Others go on, and one of them might still unlock what the circle waits for; so it has to have
 * stood for two seconds, and who waits for itself for six: mutexes are used as semaphores, too.
 */
static int sleep_in_circle(struct fx_thread *t, const struct fx_spot *spot, unsigned length,
			   uint64_t seen)
{
	static const int64_t seconds[] = {1, 1, 4};
	size_t looks = length == 1 ? 3 : 2;

	for (size_t i = 0; i < looks; i++) {
		struct fx_deadline later = in(seconds[i] * SECOND_NS);
		int rc = below->park(spot, &later, FX_PARK_WAIT);
		uint64_t now;

		if (rc != -FX_ETIMEDOUT)
			return rc;
		if (!fx_cycle_closes(t, &now) || now != seen)
			return below->park(spot, NULL, FX_PARK_WAIT);
	}
	fx_cycle_tell(t);
	return below->park(spot, NULL, FX_PARK_WAIT);
}

/* A process of its own in shared memory has a parent that waits for it, or goes on. */
static int park(const struct fx_spot *spot, const struct fx_deadline *deadline,
		enum fx_park_kind kind)
{
	struct fx_thread *t = fx_thread_self();
	unsigned length;
	uint64_t seen;
	int rc;

	if (kind != FX_PARK_WAIT || t->own_process)
		return below->park(spot, deadline, kind);
	if (__builtin_expect(t->traced != NULL, 0))
		fx_trace_sleeps(t->traced, t->call);
	if (__builtin_expect(fx_config.locks, 0))
		fx_long_wait_sleeps(t);
	if (__builtin_expect(fx_still_begin(t, spot->word, deadline != NULL), 0))
		rc = sleep_last(t, spot);
	else if (!deadline && fx_config.on_deadlock != FX_DEADLOCK_IGNORE &&
		 __builtin_expect((length = fx_cycle_closes(t, &seen)) != 0, 0))
		rc = sleep_in_circle(t, spot, length, seen);
	else
		rc = below->park(spot, deadline, kind);
	fx_still_end(t);
	return rc;
}

const struct fx_platform_ops *fx_watch_platform(const struct fx_platform_ops *around)
{
	below = around;
	ops = *around;
	ops.park = park;
	return &ops;
}
