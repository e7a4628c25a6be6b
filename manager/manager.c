/* SPDX-License-Identifier: MIT */
/* Beginning, fork and growth of a manager. */
#include "manager/manager.h"

#include "manager/bucket.h"
#include "manager/lock.h"
#include "manager/queue.h"
#include "manager/step.h"

/*
 * Keys in use are fewer than threads as a rule, so with four buckets a thread
 * two busy keys seldom share one.
 */
#define BUCKETS_PER_THREAD 4

void fx_manager_init(struct fx_manager *m, const struct fx_platform_ops *platform,
		     const struct fx_memory_ops *memory, const struct fx_thread_ops *threads,
		     void *table, size_t bytes)
{
	m->platform = platform;
	m->memory = memory;
	m->threads = threads;
	m->observer = NULL;
	m->table = fx_table_make(table, bytes);
	m->spin_max = 0;
	m->grow_lock = 0;
	fx_lots_init(m);
	fx_pi_table_init(&m->pi);
	fx_async_table_init(&m->async);
}

void fx_manager_reset(struct fx_manager *m)
{
	struct fx_bucket *b = fx_table_buckets(m->table);
	size_t n;

	for (n = fx_table_count(m->table); n != 0; n--, b++) {
		/* Atomic so that no compiler makes a call of memset out of the loop. */
		__atomic_store_n(&b->lock, 0, __ATOMIC_RELAXED);
		__atomic_store_n(&b->waiters, 0, __ATOMIC_RELAXED);
		__atomic_store_n(&b->queues, NULL, __ATOMIC_RELAXED);
		__atomic_store_n(&b->spin, 0, __ATOMIC_RELAXED);
		__atomic_store_n(&b->spins_failed, 0, __ATOMIC_RELAXED);
		__atomic_store_n(&b->woke_several, false, __ATOMIC_RELAXED);
	}
	m->grow_lock = 0;
	fx_lots_init(m);
	fx_pi_table_init(&m->pi);
	fx_async_table_init(&m->async);
}

size_t fx_manager_grow_bytes(const struct fx_manager *m, unsigned nthreads)
{
	size_t have = fx_table_count(fx_table_current(m));
	size_t want = have;

	while (want < (size_t)nthreads * BUCKETS_PER_THREAD)
		want *= 2;
	return want == have ? 0 : want * sizeof(struct fx_bucket);
}

/* The lock of the old bucket is held, which is retired when all has moved. */
static void move_bucket(const struct fx_manager *m, struct fx_bucket *from, uintptr_t table)
{
	while (from->queues) {
		struct fx_waiter *first = from->queues;
		struct fx_bucket *to = fx_table_find(table, first->key);
		unsigned n;

		/*
		 * The new table is not published, but a waiter that was moved already
		 * may be taking itself off its queue there.
		 */
		fx_lock(m, &to->lock);
		n = fx_queue_move(first, to);
		__atomic_fetch_add(&to->waiters, n, __ATOMIC_RELAXED);
		fx_unlock(m, &to->lock);
	}
	fx_step(FX_STEP_STORE, &from->waiters);
	/* Nobody can be announcing: the lock is held. */
	__atomic_store_n(&from->waiters, FX_BUCKET_RETIRED, __ATOMIC_SEQ_CST);
}

/*
 * All old locks are held at once, so that no operation that looks at two
 * buckets sees one in the old table and one in the new.
 */
static void move_table(struct fx_manager *m, uintptr_t from, uintptr_t to)
{
	struct fx_bucket *b = fx_table_buckets(from);
	size_t count = fx_table_count(from);
	size_t i;

	for (i = 0; i < count; i++)
		fx_lock(m, &b[i].lock);
	for (i = 0; i < count; i++)
		move_bucket(m, &b[i], to);
	fx_step(FX_STEP_STORE, &m->table);
	/* Pairs with fx_table_current. */
	__atomic_store_n(&m->table, to, __ATOMIC_RELEASE);
	for (i = 0; i < count; i++)
		fx_unlock(m, &b[i].lock);
}

void fx_manager_grow(struct fx_manager *m, void *table, size_t bytes)
{
	uintptr_t to = fx_table_make(table, bytes);
	uintptr_t from;

	fx_lock(m, &m->grow_lock);
	from = fx_table_current(m);
	if (fx_table_count(to) > fx_table_count(from))
		move_table(m, from, to);
	fx_unlock(m, &m->grow_lock);
}
