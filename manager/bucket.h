/* SPDX-License-Identifier: MIT */
/*
 * The table of buckets: a key hashes to one, which has a lock and the queues
 * of all keys that hash to it.
 *
 * A wake with nobody waiting is the most frequent call of all and takes no
 * lock: it reads one count. That is where a wake can get lost, so the count
 * says more than who is queued: it is raised ("announced") before the waiter
 * looks at the guest's word.
 *
 *	waiting thread                          waking thread
 *	                                        guest: word = new
 *	lock bucket
 * (A)	waiters += 1      (sequentially     (C)	full fence
 *	                   consistent)
 * (B)	load word                           (D)	load waiters
 *	if old: queue, unlock, park             if 0: return 0
 *	if new: waiters -= 1, unlock,           else: lock bucket,
 *	        return -EAGAIN                        take from the queue
 *
 * The outcome to exclude is that (B) reads old while (D) reads 0: a sleeper
 * whom nobody wakes. (A) and (C) are in one total order. If (A) comes first,
 * (D) reads at least 1, and the lock makes the waker wait until the waiter is
 * queued or gone. If (C) comes first, (B) reads new. Without the fence (C) the
 * store to the word may still sit in the waker's store buffer while (D) reads,
 * on x86 too, and both threads read old values.
 *
 * A requeue announces itself in the second bucket, as (A), before it compares
 * the first word, for the sake of those who change that word and then wake
 * the second.
 *
 * Growth: fx_manager_grow holds all locks of the old table while it moves the
 * waiters, and leaves RETIRED as every old count before the new table is
 * published. So (D) in an old bucket reads non-zero and goes on to lock, where
 * it finds that the table has changed, and starts again; if it reads 0 it came
 * before the retirement, which comes before every (A) in the new table.
 */
#ifndef MANAGER_BUCKET_H
#define MANAGER_BUCKET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "manager/key.h"

struct fx_manager;
struct fx_waiter;

#define FX_BUCKET_RETIRED 0x80000000U

/* One cache line; all zero is an empty bucket. */
struct fx_bucket {
	uint32_t lock;
	/* Atomic, changed under the lock: queued waiters, plus announcements under way. */
	uint32_t waiters;
	/* Under the lock: the first waiter of each key, in no order. */
	struct fx_waiter *queues;
	/* Atomic, relaxed: how long a spin took lately before the wake came. See wait.c. */
	uint32_t spin;
	uint32_t spins_failed; /* likewise; how many found no wake */
	bool woke_several; /* under the lock: the last wake that took anybody took more than one */
} __attribute__((aligned(64)));

/* A value of fx_manager.table, and its parts. */
uintptr_t fx_table_make(void *memory, size_t bytes);

static inline struct fx_bucket *fx_table_buckets(uintptr_t table)
{
	return (struct fx_bucket *)(table & ~(uintptr_t)63);
}

static inline size_t fx_table_count(uintptr_t table)
{
	return (size_t)1 << (table & 63);
}

static inline struct fx_bucket *fx_table_find(uintptr_t table, struct fx_key key)
{
	return &fx_table_buckets(table)[fx_key_hash(key) >> (64 - (table & 63))];
}

uintptr_t fx_table_current(const struct fx_manager *m);

/* The key's bucket in the current table, locked. */
struct fx_bucket *fx_bucket_lock(const struct fx_manager *m, struct fx_key key);
void fx_bucket_unlock(const struct fx_manager *m, struct fx_bucket *b);

/* Two at once, in the order of their addresses; may be the same one. */
void fx_bucket_lock_two(const struct fx_manager *m, struct fx_key key1, struct fx_key key2,
			struct fx_bucket **b1, struct fx_bucket **b2);
void fx_bucket_unlock_two(const struct fx_manager *m, struct fx_bucket *b1, struct fx_bucket *b2);

/* Step (A); lock held. Every queued waiter keeps one announcement until it is retracted. */
void fx_bucket_announce(struct fx_bucket *b);
void fx_bucket_retract(struct fx_bucket *b);

/* Steps (C) and (D); no lock. False: nobody waits on the key. */
bool fx_bucket_may_have_waiters(const struct fx_manager *m, struct fx_key key);

#endif
