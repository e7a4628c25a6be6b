/* SPDX-License-Identifier: MIT */
/*
 * One thread waiting on one word. It lives in the frame of the waiting thread
 * from fx_wait_begin to fx_wait_end. (Other kinds of waits have other names for
 * the two, and the states are the same.)
 *
 *	            fx_wait_begin
 *	                 |
 *	                 v           waker, under the bucket lock
 *	   requeue +-- queued ------------------------------------+
 *	           +---> |                                         v
 *	                 | fx_wait_end,                          taken
 *	                 | under the bucket lock                   | waker, holding no lock:
 *	                 v                                         v word = FX_WAITER_WOKEN
 *	               left: reports the reason                  woken: reports 0
 *
 * Queued: the queue fields belong to whoever holds the lock of w->bucket.
 * Taken: all but word belongs to the waker; the waiting thread may not leave.
 * Woken, left: all belongs to the waiting thread again, whose frame may vanish
 * at once. The waker touches nothing of a waiter after it has stored WOKEN.
 *
 * Why a state between queued and woken? A wake must take all it counts in one
 * step, or one that it woke could requeue the rest away; and it must not call
 * the platform under a lock. So the taken ones form a list through the waiters
 * themselves, of any length and without allocation, that the waker walks after
 * it has unlocked: they have to stay until it has passed.
 */
#ifndef MANAGER_WAITER_H
#define MANAGER_WAITER_H

#include <stdbool.h>
#include <stdint.h>

#include "manager/key.h"
#include "manager/lot.h"

struct fx_bucket;
struct fx_manager;

/* Values of fx_waiter.word; another is a place in a lot (lot.h), and stands for PARKED. */
enum {
	FX_WAITER_RUNNING = 0, /* not woken; its thread is awake */
	FX_WAITER_PARKED = 1,  /* not woken; its thread sleeps in park, or is about to */
	FX_WAITER_WOKEN = 2,   /* final */
};

/*
 * Who waits, and so what a waker has to do. Under the bucket lock while queued;
 * only a waiter of kind REQUEUE_PI ever becomes another, PI.
 */
enum fx_waiter_kind {
	FX_WAITER_PLAIN,      /* a thread, on w->word */
	FX_WAITER_VECTOR,     /* a thread that waits on several words, on *w->group */
	FX_WAITER_ASYNC,      /* nobody: the function of a struct fx_async is called */
	FX_WAITER_REQUEUE_PI, /* a struct fx_pi_waiter on the first word of WAIT_REQUEUE_PI */
	FX_WAITER_PI,	      /* a struct fx_pi_waiter on a word with an owner */
};

/* In the order of the queue all that are not real-time threads are equal (so Linux). */
#define FX_PRIORITY_NORMAL 100

struct fx_waiter {
	uint32_t word;	 /* atomic; what its thread parks on */
	uint32_t bitset; /* constant while queued */
	struct fx_key key;
	/*
	 * Atomic. Written with the lock of the old and of the new bucket held,
	 * read without by the waiting thread, which then locks and looks again.
	 */
	struct fx_bucket *bucket;
	bool queued;	 /* under the bucket lock; false: taken by a waker */
	bool first;	 /* of its key: heads the circle, and stands for it in the bucket */
	uint8_t kind;	 /* enum fx_waiter_kind */
	int8_t priority; /* constant while queued; smaller is more urgent */
	/*
	 * The circle of waiters with the same key, most urgent first, of these the
	 * oldest; next also links taken ones.
	 */
	struct fx_waiter *next;
	struct fx_waiter *prev;
	/* Only while first: the list of the keys in the bucket. */
	struct fx_waiter *next_key;
	struct fx_waiter **key_link; /* what points to this waiter */
	/* The number of the lot to sleep in, or FX_LOT_NONE. Constant; for its own thread alone. */
	uint8_t lot;
	/* Only of kind VECTOR: what its thread parks on. Outlives the state taken. */
	uint32_t *group;
};

/*
 * Of kind PI or REQUEUE_PI, which wakes and plain requeues refuse to touch: its
 * thread may only go on as the owner of a word.
 */
static inline bool fx_waiter_for_owner(const struct fx_waiter *w)
{
	return w->kind >= FX_WAITER_REQUEUE_PI;
}

/* True when a wake has released the waiter: fx_wait_end will not sleep and return 0. */
static inline bool fx_waiter_woken(const struct fx_waiter *w)
{
	/* Pairs with the exchange in fx_waiter_release. */
	return __atomic_load_n(&w->word, __ATOMIC_ACQUIRE) == FX_WAITER_WOKEN;
}

/* Whether this value of a word says that its thread sleeps, or is about to. */
static inline bool fx_waiter_parked(uint32_t value)
{
	return value == FX_WAITER_PARKED || fx_lot_is_place(value);
}

/*
 * Sets a word that a thread parks on to WOKEN, and wakes the thread, unless that sleeps in a
 * lot: then its place is returned, for fx_lot_calls_note, else 0. No lock held.
 */
uint32_t fx_waiter_release(const struct fx_manager *m, uint32_t *word);

/* The priority of a thread, as fx_waiter.priority has it. */
int8_t fx_waiter_priority(const struct fx_manager *m, uint32_t tid);

#endif
