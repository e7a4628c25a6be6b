/* SPDX-License-Identifier: MIT */
#include "manager/bucket.h"

#include "manager/lock.h"
#include "manager/manager.h"
#include "manager/step.h"

_Static_assert(sizeof(struct fx_bucket) == 64, "a bucket is one cache line");

/* The number of buckets is a power of two, and at least 16, so that the shift in find is < 64. */
uintptr_t fx_table_make(void *memory, size_t bytes)
{
	uintptr_t log = 4;

	while (sizeof(struct fx_bucket) << (log + 1) <= bytes)
		log++;
	return (uintptr_t)memory | log;
}

uintptr_t fx_table_current(const struct fx_manager *m)
{
	fx_step(FX_STEP_LOAD, &m->table);
	/* Pairs with the store in fx_manager_grow. */
	return __atomic_load_n(&m->table, __ATOMIC_ACQUIRE);
}

struct fx_bucket *fx_bucket_lock(const struct fx_manager *m, struct fx_key key)
{
	for (;;) {
		uintptr_t table = fx_table_current(m);
		struct fx_bucket *b = fx_table_find(table, key);

		fx_lock(m, &b->lock);
		if (fx_table_current(m) == table)
			return b;
		fx_unlock(m, &b->lock);
	}
}

void fx_bucket_unlock(const struct fx_manager *m, struct fx_bucket *b)
{
	fx_unlock(m, &b->lock);
}

static void lock_in_order(const struct fx_manager *m, struct fx_bucket *a, struct fx_bucket *b)
{
	struct fx_bucket *low = a < b ? a : b;
	struct fx_bucket *high = a < b ? b : a;

	fx_lock(m, &low->lock);
	if (high != low)
		fx_lock(m, &high->lock);
}

void fx_bucket_lock_two(const struct fx_manager *m, struct fx_key key1, struct fx_key key2,
			struct fx_bucket **b1, struct fx_bucket **b2)
{
	for (;;) {
		uintptr_t table = fx_table_current(m);
		struct fx_bucket *first = fx_table_find(table, key1);
		struct fx_bucket *second = fx_table_find(table, key2);

		lock_in_order(m, first, second);
		if (fx_table_current(m) == table) {
			*b1 = first;
			*b2 = second;
			return;
		}
		fx_bucket_unlock_two(m, first, second);
	}
}

void fx_bucket_unlock_two(const struct fx_manager *m, struct fx_bucket *b1, struct fx_bucket *b2)
{
	fx_unlock(m, &b1->lock);
	if (b2 != b1)
		fx_unlock(m, &b2->lock);
}

void fx_bucket_announce(struct fx_bucket *b)
{
	fx_step(FX_STEP_STORE, &b->waiters);
	__atomic_fetch_add(&b->waiters, 1, __ATOMIC_SEQ_CST); /* (A) in bucket.h */
}

void fx_bucket_retract(struct fx_bucket *b)
{
	fx_step(FX_STEP_STORE, &b->waiters);
	/* Pairs with (D): who sees a waiter gone from here sees where a requeue announced it. */
	__atomic_fetch_sub(&b->waiters, 1, __ATOMIC_RELEASE);
}

bool fx_bucket_may_have_waiters(const struct fx_manager *m, struct fx_key key)
{
	struct fx_bucket *b;

	fx_full_fence(); /* (C) in bucket.h */
	b = fx_table_find(fx_table_current(m), key);
	fx_step(FX_STEP_LOAD, &b->waiters);
	return __atomic_load_n(&b->waiters, __ATOMIC_ACQUIRE) != 0; /* (D) in bucket.h */
}
