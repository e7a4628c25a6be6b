/* SPDX-License-Identifier: MIT */
/*
 * Seams for whoever wants to know, or to decide, what happens on the futexes:
 * the audit log, contention profiles, deadlock reports, seeded wake orders.
 * Every member is present; a manager without an observer pays one branch.
 */
#ifndef MANAGER_OBSERVER_H
#define MANAGER_OBSERVER_H

#include <stdint.h>

#include "manager/key.h"

struct fx_manager;
struct fx_waiter;

/*
 * All but wait_end run with the lock of the waiter's bucket held: they must not
 * block, touch guest memory, or call the manager.
 */
struct fx_observer {
	/* w was queued. */
	void (*wait_begin)(struct fx_manager *m, const struct fx_waiter *w);
	/* w was taken off its queue by a wake, or made an owner (also by a requeue). */
	void (*wake)(struct fx_manager *m, const struct fx_waiter *w);
	/* w was moved; w->key is where to. */
	void (*requeue)(struct fx_manager *m, const struct fx_waiter *w, struct fx_key from);
	/* w's thread goes on with this result. No lock is held. */
	void (*wait_end)(struct fx_manager *m, const struct fx_waiter *w, int result);
	/*
	 * Which waiter of the circle that starts at first is to be woken next: one
	 * for which (bitset & w->bitset) != 0, or NULL if there is none. One for which
	 * fx_waiter_for_owner holds ends the wake with -EINVAL. (Who of these is to own
	 * a word next is never asked.)
	 * fx_observer_choose_first is Linux's order.
	 */
	struct fx_waiter *(*choose)(struct fx_manager *m, struct fx_waiter *first, uint32_t bitset);
};

struct fx_waiter *fx_observer_choose_first(struct fx_manager *m, struct fx_waiter *first,
					   uint32_t bitset);

#endif
