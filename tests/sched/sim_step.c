/* SPDX-License-Identifier: MIT */
/*
 * The steps of the manager, where fibers switch, and its locks: the real ones,
 * of which the owner is inferred, or the model.
 */
#include "manager/lock.h"
#include "tests/sched/sim_state.h"

/* manager/lock.c is compiled under these names. */
void fx_lock_real(const struct fx_manager *m, uint32_t *lock);
void fx_unlock_real(const struct fx_manager *m, uint32_t *lock);

/* The locks: who holds which is inferred from how a step changed the word. */

static signed char *owner_of(const void *address)
{
	uintptr_t offset = (uintptr_t)address - (uintptr_t)sim.tables;

	if (address == &sim_manager.grow_lock)
		return &sim.grow_lock_owner;
	if (address == &sim_manager.pi.lock)
		return &sim.pi_lock_owner;
	if (address == &sim_manager.async.lock)
		return &sim.async_lock_owner;
	if (address == &sim.own_lock)
		return &sim.own_lock_owner;
	if (offset >= sizeof(sim.tables) || offset % 64 != offsetof(struct fx_bucket, lock))
		return NULL;
	return &sim.lock_owner[offset / SIM_TABLE_MAX][offset % SIM_TABLE_MAX / 64];
}

void sim_settle_lock(struct sim_thread *t)
{
	signed char *owner = t->lock ? owner_of(t->lock) : NULL;
	bool held = t->lock && *t->lock != 0;

	if (owner && t->lock_before == 0 && held) {
		*owner = (signed char)(fiber_self() + 1);
		t->locks_held++;
	} else if (owner && t->lock_before != 0 && !held) {
		if (*owner != (signed char)(fiber_self() + 1))
			sim_fail("a lock was freed by who does not hold it");
		*owner = 0;
		t->locks_held--;
	}
	t->lock = NULL;
}

static void watch_lock(struct sim_thread *t, const void *address)
{
	if (address && owner_of(address)) {
		t->lock = address;
		t->lock_before = *t->lock;
	}
}

/* Steps. */

static bool in_dead_waiter(const void *address)
{
	unsigned i;

	for (i = 0; i < FIBERS_MAX; i++) {
		uintptr_t offset = (uintptr_t)address - (uintptr_t)&sim.threads[i].waiter;

		if (offset < SIM_WAITER_SIZE)
			return !sim.threads[i].waiting;
	}
	return false;
}

void sim_step(enum fx_step_kind kind, const void *address)
{
	struct sim_thread *t = sim_self();

	t->state = READY;
	t->kind = kind;
	t->access.address = address;
	t->access.write = kind == FX_STEP_STORE;
	fiber_yield();
	watch_lock(t, address);
}

void fx_step(enum fx_step_kind kind, const void *address)
{
	sim_settle_lock(sim_self());
	if (kind == FX_STEP_QUEUE) {
		signed char *owner = owner_of(address);

		if (!owner || *owner != (signed char)(fiber_self() + 1))
			sim_fail("a queue was used without the lock of its bucket");
		return;
	}
	if (address == &sim_manager.table && !sim.scenario->grows)
		return;
	sim_step(kind, address);
	if (address && in_dead_waiter(address))
		sim_fail("a waiter was touched after its wait had returned");
}

/* The manager's locks. */

void fx_lock(const struct fx_manager *m, uint32_t *lock)
{
	struct sim_thread *t = sim_self();

	if (sim.scenario->real_locks) {
		fx_lock_real(m, lock);
		return;
	}
	sim_settle_lock(t);
	t->state = LOCKING;
	t->kind = FX_STEP_STORE;
	t->access.address = lock;
	t->access.write = true;
	fiber_yield();
	t->state = READY;
	watch_lock(t, lock);
	*lock = 1;
}

void fx_unlock(const struct fx_manager *m, uint32_t *lock)
{
	if (sim.scenario->real_locks) {
		fx_unlock_real(m, lock);
		return;
	}
	fx_step(FX_STEP_STORE, lock);
	*lock = 0;
}

void sim_lock(void)
{
	fx_lock(&sim_manager, &sim.own_lock);
}

void sim_unlock(void)
{
	fx_unlock(&sim_manager, &sim.own_lock);
}
