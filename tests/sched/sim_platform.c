/* SPDX-License-Identifier: MIT */
/* The platform: parking, and waking whoever has slept longest. */
#include "tests/sched/sim_state.h"

static int park(uint32_t *word, uint32_t expected, const struct fx_deadline *deadline,
		enum fx_park_kind kind)
{
	struct sim_thread *t = sim_self();

	(void)deadline;
	sim_settle_lock(t);
	if (kind == FX_PARK_WAIT && t->locks_held != 0)
		sim_fail("parked for a guest's wait while holding a lock");
	sim_step(FX_STEP_STORE, word);
	t->lock = NULL;
	if (*word != expected)
		return -FX_EAGAIN;
	t->state = PARKED;
	t->parked_at = ++sim.parks;
	t->end_reason = kind == FX_PARK_WAIT ? t->wait_reason : 0;
	fiber_yield();
	return t->park_result;
}

/* Only the address counts: the word may be gone. Wakes the one who sleeps longest. */
static void unpark(uint32_t *word)
{
	struct sim_thread *found = NULL;
	unsigned i;

	sim_settle_lock(sim_self());
	sim_step(FX_STEP_STORE, word);
	sim_self()->lock = NULL;
	for (i = 0; i < FIBERS_MAX; i++) {
		struct sim_thread *t = &sim.threads[i];

		if (t->state == PARKED && t->access.address == word &&
		    (!found || t->parked_at < found->parked_at))
			found = t;
	}
	if (!found)
		return;
	found->state = READY;
	found->kind = FX_STEP_LOAD;
	found->access.address = NULL;
	found->access.write = false;
	found->park_result = 0;
}

static void clock_now(enum fx_clock clock, struct fx_deadline *out)
{
	*out = (struct fx_deadline){0, 0, clock};
}

static void relax(void)
{
}

const struct fx_platform_ops sim_platform = {park, unpark, clock_now, relax};
