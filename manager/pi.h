/* SPDX-License-Identifier: MIT */
/*
 * Locks whose word names the owner, so that waiters can be ordered by priority,
 * deadlocks be seen, and a dead owner be replaced (kernel/futex/pi.c).
 *
 * The owner is not boosted here: its priority is the host scheduler's, which knows
 * nothing of our queues, and raising it from outside needs a privilege that a
 * sandbox should not have, and would race with what the guest itself sets. What
 * the priorities do is order the waiters.
 *
 * A waiter here is a struct fx_waiter in the queue of its word, with what the
 * kernel keeps in its pi_state and rt_mutex_waiter. The state of a word, which is
 * the owner, exists while somebody waits for it and lives in one of its waiters:
 * when that one leaves, another takes it over. Two small hash tables find the state
 * of a word, and the waiter of a thread, so that a chain of owners that wait can
 * be followed whatever buckets their words are in.
 *
 * Everything below, and kind and the place in the queue of a waiter of kind
 * FX_WAITER_PI, is changed with both the bucket lock of the word and the table's
 * lock held; the latter is taken second, and enough to look.
 */
#ifndef MANAGER_PI_H
#define MANAGER_PI_H

#include <stdbool.h>
#include <stdint.h>

#include "manager/key.h"
#include "manager/waiter.h"

struct fx_manager;

/* Parts of the word (linux/futex.h). */
#define FX_PI_WAITERS	 0x80000000U
#define FX_PI_OWNER_DIED 0x40000000U
#define FX_PI_TID_MASK	 0x3fffffffU

#define FX_PI_HEADS	 64

struct fx_pi_waiter {
	struct fx_waiter waiter;
	struct fx_key target; /* FX_WAITER_REQUEUE_PI: the lock's word */
	uint32_t tid;
	int result; /* of a wait that was woken: 0, or -EFAULT; the waker's while taken */
	struct fx_pi_waiter *next_blocked; /* by tid */
	/* Only where has_state: */
	bool has_state;
	uint32_t owner;
	struct fx_pi_waiter *next_state; /* by key */
};

struct fx_pi_table {
	uint32_t lock;
	struct fx_pi_waiter *blocked[FX_PI_HEADS];
	struct fx_pi_waiter *states[FX_PI_HEADS];
};

void fx_pi_table_init(struct fx_pi_table *table);

/*
 * fx_lock_pi in two phases, with fx_wait_sleep between them. begin returns 0 with pw
 * queued, 1 if tid owns the word now, or an error. end returns 0 if tid owns the
 * word, whatever the reason; else pw is off its queue.
 */
int fx_lock_pi_begin(struct fx_manager *m, struct fx_pi_waiter *pw, uintptr_t uaddr,
		     enum fx_key_class cls, uint32_t tid);
int fx_lock_pi_end(struct fx_manager *m, struct fx_pi_waiter *pw, int reason);

/* fx_wait_requeue_pi in the same way; begin never returns 1. */
int fx_requeue_pi_begin(struct fx_manager *m, struct fx_pi_waiter *pw, uintptr_t uaddr,
			uintptr_t uaddr2, enum fx_key_class cls, uint32_t val, uint32_t bitset,
			uint32_t tid);
int fx_requeue_pi_end(struct fx_manager *m, struct fx_pi_waiter *pw, int reason);

#endif
