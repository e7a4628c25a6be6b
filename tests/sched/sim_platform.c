/* SPDX-License-Identifier: MIT */
/* The platform: parking, and waking whoever has slept longest. */
#include "tests/sched/sim_state.h"

static int park(const struct fx_spot *spot, const struct fx_deadline *deadline,
		enum fx_park_kind kind)
{
	struct sim_thread *t = sim_self();

	(void)deadline;
	sim_settle_lock(t);
	if (kind == FX_PARK_WAIT && t->locks_held != 0)
		sim_fail("parked for a guest's wait while holding a lock");
	sim_step(FX_STEP_STORE, spot->address);
	t->lock = NULL;
	if (*spot->address != spot->expected)
		return -FX_EAGAIN;
	t->state = PARKED;
	t->parked_at = ++sim.parks;
	t->bits = spot->bits;
	t->end_reason = kind == FX_PARK_WAIT ? t->wait_reason : 0;
	fiber_yield();
	return t->park_result;
}

static void wake(struct sim_thread *t)
{
	t->state = READY;
	t->kind = FX_STEP_LOAD;
	t->access.address = NULL;
	t->access.write = false;
	t->park_result = 0;
}

/* Only the address counts: the word may be gone. */
static bool sleeps_on(const struct sim_thread *t, const uint32_t *address, uint32_t bits)
{
	return t->state == PARKED && t->access.address == address && (t->bits & bits) != 0;
}

static void before_unpark(const uint32_t *address)
{
	sim_settle_lock(sim_self());
	sim_step(FX_STEP_STORE, address);
	sim_self()->lock = NULL;
}

/* Wakes the one who sleeps longest. */
static void unpark(uint32_t *word)
{
	struct sim_thread *found = NULL;
	unsigned i;

	before_unpark(word);
	for (i = 0; i < FIBERS_MAX; i++) {
		struct sim_thread *t = &sim.threads[i];

		if (sleeps_on(t, word, ~0U) && (!found || t->parked_at < found->parked_at))
			found = t;
	}
	if (found)
		wake(found);
}

/* No more than it has to. */
static void unpark_set(uint32_t *address, uint32_t bits)
{
	int left = fx_spot_count(bits);
	unsigned i;

	before_unpark(address);
	for (i = 0; i < FIBERS_MAX && left > 0; i++) {
		if (sleeps_on(&sim.threads[i], address, bits)) {
			wake(&sim.threads[i]);
			left--;
		}
	}
}

static void clock_now(enum fx_clock clock, struct fx_deadline *out)
{
	*out = (struct fx_deadline){0, 0, clock};
}

static void relax(void)
{
}

const struct fx_platform_ops sim_platform = {
	.park = park, .unpark = unpark, .clock_now = clock_now, .relax = relax};
const struct fx_platform_ops sim_platform_with_lots = {.park = park,
						       .unpark = unpark,
						       .unpark_set = unpark_set,
						       .clock_now = clock_now,
						       .relax = relax};
