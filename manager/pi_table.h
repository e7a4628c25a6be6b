/* SPDX-License-Identifier: MIT */
/*
 * The inner side of pi.h. All but fx_pi_table_init are called with the table's
 * lock held; those that take a bucket, with that bucket's lock too.
 */
#ifndef MANAGER_PI_TABLE_H
#define MANAGER_PI_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "manager/pi.h"

struct fx_bucket;
struct fx_wake_list;

/* w is of kind PI or REQUEUE_PI, or NULL. */
static inline struct fx_pi_waiter *fx_pi_waiter_of(struct fx_waiter *w)
{
	/* The waiter is the first member, so that NULL stays NULL. */
	return (struct fx_pi_waiter *)(void *)w;
}

_Static_assert(offsetof(struct fx_pi_waiter, waiter) == 0, "fx_pi_waiter_of");

/* The waiter that has the state of the word, or NULL: nobody waits. */
struct fx_pi_waiter *fx_pi_state(struct fx_manager *m, struct fx_key key);

/* Any word that others wait for and tid owns; false: none, and *key is untouched. */
bool fx_pi_owned_by(struct fx_manager *m, uint32_t tid, struct fx_key *key);

/* -EDEADLK if owner, or whoever it waits for, is tid; else 0. */
int fx_pi_check_deadlock(struct fx_manager *m, uint32_t tid, uint32_t owner);

/* The waiter that is next to own the word, or NULL. */
struct fx_pi_waiter *fx_pi_first(const struct fx_bucket *b, struct fx_key key);

/* pw's key, tid and priority are set. owner counts only if the word has no state. */
void fx_pi_enqueue(struct fx_manager *m, struct fx_bucket *b, struct fx_pi_waiter *pw,
		   uint32_t owner);

/* The state stays, with the owner it has, while others wait. */
void fx_pi_dequeue(struct fx_manager *m, struct fx_bucket *b, struct fx_pi_waiter *pw);

/* The other files of pi.h. */

/* 0, -EINVAL (misaligned) or -EFAULT (cannot be written; process class only). No lock. */
int fx_pi_check_word(const struct fx_manager *m, uintptr_t uaddr, enum fx_key_class cls);

/*
 * The kernel's futex_lock_pi_atomic: 1 if the word now names tid, 0 if tid has to wait
 * for *owner, or an error, of which -EAGAIN means to begin again. waiters: even
 * when the word was free, its next unlock shall come to the manager. Or
 * FX_PI_CLAIM_OWN: tid is the owner already, of a word that does not say so.
 */
#define FX_PI_CLAIM_OWN 2
int fx_pi_claim(struct fx_manager *m, const struct fx_bucket *b, struct fx_key key, uint32_t tid,
		bool waiters, uint32_t *owner);

/*
 * The word names the first waiter, pw, already, unless result is an error: it leaves
 * the queue as the owner, to be woken with this result.
 */
void fx_pi_hand_over(struct fx_manager *m, struct fx_bucket *b, struct fx_pi_waiter *pw, int result,
		     struct fx_wake_list *list);

#endif
