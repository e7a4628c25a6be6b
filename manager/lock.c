/* SPDX-License-Identifier: MIT */
#include "manager/lock.h"

#include <stdbool.h>

#include "manager/manager.h"
#include "manager/step.h"

enum { FREE = 0, HELD = 1, CONTENDED = 2 /* held, and somebody may be parked on it */ };

/* Holders run a few dozen instructions, so more than this means that one was preempted. */
#define LOCK_SPIN_MAX 64

static bool try_lock(uint32_t *lock)
{
	uint32_t expected = FREE;

	fx_step(FX_STEP_STORE, lock);
	/* Pairs with the exchange in fx_unlock. */
	return __atomic_compare_exchange_n(lock, &expected, HELD, false, __ATOMIC_ACQUIRE,
					   __ATOMIC_RELAXED);
}

static bool spin(const struct fx_manager *m, uint32_t *lock)
{
	uint32_t tries = m->spin_max < LOCK_SPIN_MAX ? m->spin_max : LOCK_SPIN_MAX;

	for (; tries != 0; tries--) {
		m->platform->relax();
		if (__atomic_load_n(lock, __ATOMIC_RELAXED) == FREE && try_lock(lock))
			return true;
	}
	return false;
}

/*
 * Whoever has once seen the lock taken takes it as CONTENDED: others may be
 * parked, and the price of being wrong is one unpark of nobody.
 */
static void lock_slow(const struct fx_manager *m, uint32_t *lock)
{
	const struct fx_spot spot = fx_spot_own(lock, CONTENDED);

	if (spin(m, lock))
		return;
	for (;;) {
		fx_step(FX_STEP_STORE, lock);
		if (__atomic_exchange_n(lock, CONTENDED, __ATOMIC_ACQUIRE) == FREE)
			return;
		m->platform->park(&spot, NULL, FX_PARK_LOCK);
	}
}

void fx_lock(const struct fx_manager *m, uint32_t *lock)
{
	if (!try_lock(lock))
		lock_slow(m, lock);
}

void fx_unlock(const struct fx_manager *m, uint32_t *lock)
{
	fx_step(FX_STEP_STORE, lock);
	/* Pairs with the acquiring operations above. */
	if (__atomic_exchange_n(lock, FREE, __ATOMIC_RELEASE) == CONTENDED)
		m->platform->unpark(lock);
}
