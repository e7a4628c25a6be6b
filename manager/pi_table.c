/* SPDX-License-Identifier: MIT */
/* Which thread waits for which word with an owner, and who the owner is. */
#include "manager/pi_table.h"

#include <stddef.h>

#include "manager/bucket.h"
#include "manager/lock.h"
#include "manager/manager.h"
#include "manager/queue.h"

/* The kernel's max_lock_depth: a longer chain of owners is as good as a ring. */
#define CHAIN_MAX 1024

void fx_pi_table_init(struct fx_pi_table *table)
{
	unsigned i;

	table->lock = 0;
	for (i = 0; i < FX_PI_HEADS; i++) {
		/* Atomic so that no compiler makes a call of memset out of the loop. */
		__atomic_store_n(&table->blocked[i], NULL, __ATOMIC_RELAXED);
		__atomic_store_n(&table->states[i], NULL, __ATOMIC_RELAXED);
	}
}

static struct fx_pi_waiter **blocked_head(struct fx_manager *m, uint32_t tid)
{
	return &m->pi.blocked[tid % FX_PI_HEADS];
}

static struct fx_pi_waiter **state_head(struct fx_manager *m, struct fx_key key)
{
	return &m->pi.states[fx_key_hash(key) >> 32 & (FX_PI_HEADS - 1)];
}

struct fx_pi_waiter *fx_pi_state(struct fx_manager *m, struct fx_key key)
{
	struct fx_pi_waiter *pw;

	for (pw = *state_head(m, key); pw; pw = pw->next_state)
		if (fx_key_equal(pw->waiter.key, key))
			return pw;
	return NULL;
}

bool fx_pi_owned_by(struct fx_manager *m, uint32_t tid, struct fx_key *key)
{
	unsigned i;

	for (i = 0; i < FX_PI_HEADS; i++) {
		struct fx_pi_waiter *pw;

		for (pw = m->pi.states[i]; pw; pw = pw->next_state) {
			if (pw->owner == tid) {
				*key = pw->waiter.key;
				return true;
			}
		}
	}
	return false;
}

static struct fx_pi_waiter *waiter_of(struct fx_manager *m, uint32_t tid)
{
	struct fx_pi_waiter *pw = *blocked_head(m, tid);

	while (pw && pw->tid != tid)
		pw = pw->next_blocked;
	return pw;
}

int fx_pi_check_deadlock(struct fx_manager *m, uint32_t tid, uint32_t owner)
{
	unsigned depth;

	for (depth = 0; depth < CHAIN_MAX; depth++) {
		struct fx_pi_waiter *pw;

		if (owner == tid)
			return -FX_EDEADLK;
		pw = waiter_of(m, owner);
		if (!pw)
			return 0;
		owner = fx_pi_state(m, pw->waiter.key)->owner;
	}
	return -FX_EDEADLK;
}

struct fx_pi_waiter *fx_pi_first(const struct fx_bucket *b, struct fx_key key)
{
	struct fx_waiter *first = fx_queue_find(b, key);
	struct fx_waiter *w = first;

	while (w && w->kind != FX_WAITER_PI)
		w = w->next == first ? NULL : w->next;
	return fx_pi_waiter_of(w);
}

static void link_state(struct fx_manager *m, struct fx_pi_waiter *pw, uint32_t owner)
{
	struct fx_pi_waiter **head = state_head(m, pw->waiter.key);

	pw->has_state = true;
	pw->owner = owner;
	pw->next_state = *head;
	*head = pw;
}

static void unlink_state(struct fx_manager *m, struct fx_pi_waiter *pw)
{
	struct fx_pi_waiter **link = state_head(m, pw->waiter.key);

	while (*link != pw)
		link = &(*link)->next_state;
	*link = pw->next_state;
	pw->has_state = false;
}

void fx_pi_enqueue(struct fx_manager *m, struct fx_bucket *b, struct fx_pi_waiter *pw,
		   uint32_t owner)
{
	struct fx_pi_waiter **head = blocked_head(m, pw->tid);

	pw->waiter.kind = FX_WAITER_PI;
	pw->has_state = false;
	if (!fx_pi_state(m, pw->waiter.key))
		link_state(m, pw, owner);
	pw->next_blocked = *head;
	*head = pw;
	fx_bucket_announce(b);
	fx_queue_append(b, &pw->waiter);
}

void fx_pi_dequeue(struct fx_manager *m, struct fx_bucket *b, struct fx_pi_waiter *pw)
{
	struct fx_pi_waiter **link = blocked_head(m, pw->tid);

	while (*link != pw)
		link = &(*link)->next_blocked;
	*link = pw->next_blocked;
	fx_queue_remove(&pw->waiter);
	fx_bucket_retract(b);
	if (pw->has_state) {
		struct fx_pi_waiter *heir = fx_pi_first(b, pw->waiter.key);

		unlink_state(m, pw);
		if (heir)
			link_state(m, heir, pw->owner);
	}
}
