/* SPDX-License-Identifier: MIT */
#include "shim/hang/cycle.h"

#include <stddef.h>

#include "shim/base/config.h"
#include "shim/hang/owner.h"
#include "shim/hang/stop.h"
#include "shim/hang/stuck.h"
#include "shim/hang/tell.h"
#include "shim/threads/thread.h"

#define LONGEST	  64
#define MOST_TOLD 4

static uint32_t told;

static bool sleeps_for_ever(const struct fx_thread *t)
{
	return __atomic_load_n(&t->parked, __ATOMIC_ACQUIRE) && !t->parked_for_a_time;
}

unsigned fx_cycle_closes(const struct fx_thread *t, uint64_t *seen)
{
	const struct fx_thread *at = t;

	*seen = 0;
	for (unsigned length = 1; length <= LONGEST; length++) {
		uint32_t owner = fx_owner_of_wait(at);

		if (!owner)
			return 0;
		*seen += at->parks;
		if (owner == t->host_tid)
			return length;
		at = fx_owner_find(owner);
		if (!at || !sleeps_for_ever(at))
			return 0;
	}
	return 0;
}

void fx_cycle_tell(struct fx_thread *t)
{
	if (fx_stuck_was_said() || __atomic_fetch_add(&told, 1, __ATOMIC_RELAXED) >= MOST_TOLD ||
	    !fx_stop_all(t, NULL))
		return;
	fx_hang_tell_stopped(t, FX_DUMP_CYCLE);
}

void fx_cycle_after_fork(void)
{
	told = 0;
}
