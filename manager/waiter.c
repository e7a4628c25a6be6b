/* SPDX-License-Identifier: MIT */
#include "manager/waiter.h"

#include "manager/manager.h"
#include "manager/step.h"

uint32_t fx_waiter_release(const struct fx_manager *m, uint32_t *word)
{
	uint32_t before;

	fx_step(FX_STEP_STORE, word);
	/*
	 * From here on the waiter's frame may be gone. Pairs with
	 * fx_waiter_woken, and with the waiter's own change to PARKED: one
	 * of the two comes second, and sees the other.
	 */
	before = __atomic_exchange_n(word, FX_WAITER_WOKEN, __ATOMIC_ACQ_REL);
	if (before == FX_WAITER_PARKED)
		m->platform->unpark(word);
	return fx_lot_is_place(before) ? before : 0;
}

int8_t fx_waiter_priority(const struct fx_manager *m, uint32_t tid)
{
	int priority = m->threads->priority(tid);

	if (priority > FX_PRIORITY_NORMAL)
		priority = FX_PRIORITY_NORMAL;
	return (int8_t)(priority < -1 ? -1 : priority);
}
