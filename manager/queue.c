/* SPDX-License-Identifier: MIT */
#include "manager/queue.h"

#include <stddef.h>

#include "manager/bucket.h"
#include "manager/step.h"
#include "manager/waiter.h"

static void set_bucket(struct fx_waiter *w, struct fx_bucket *b)
{
	fx_step(FX_STEP_STORE, &w->bucket);
	/* Pairs with the load in fx_wait_end, which may lock a bucket of a new table. */
	__atomic_store_n(&w->bucket, b, __ATOMIC_RELEASE);
}

static void link_key(struct fx_bucket *b, struct fx_waiter *w)
{
	w->first = true;
	w->next_key = b->queues;
	w->key_link = &b->queues;
	if (w->next_key)
		w->next_key->key_link = &w->next_key;
	b->queues = w;
}

static void unlink_key(struct fx_waiter *w)
{
	w->first = false;
	*w->key_link = w->next_key;
	if (w->next_key)
		w->next_key->key_link = w->key_link;
}

/* The first waiter leaves; the next oldest takes its place in the bucket's list. */
static void hand_over_key(struct fx_waiter *from, struct fx_waiter *to)
{
	from->first = false;
	to->first = true;
	to->next_key = from->next_key;
	to->key_link = from->key_link;
	*to->key_link = to;
	if (to->next_key)
		to->next_key->key_link = &to->next_key;
}

struct fx_waiter *fx_queue_find(const struct fx_bucket *b, struct fx_key key)
{
	struct fx_waiter *w;

	fx_step(FX_STEP_QUEUE, b);
	for (w = b->queues; w; w = w->next_key)
		if (fx_key_equal(w->key, key))
			return w;
	return NULL;
}

/* The one before which w comes: after all that are as urgent. NULL: w is the last. */
static struct fx_waiter *successor(struct fx_waiter *first, const struct fx_waiter *w)
{
	struct fx_waiter *after = NULL;
	struct fx_waiter *before = first->prev;

	while (after != first && before->priority > w->priority) {
		after = before;
		before = before->prev;
	}
	return after;
}

void fx_queue_append(struct fx_bucket *b, struct fx_waiter *w)
{
	struct fx_waiter *first = fx_queue_find(b, w->key);
	struct fx_waiter *after;

	set_bucket(w, b);
	w->queued = true;
	w->first = false;
	if (!first) {
		w->next = w;
		w->prev = w;
		link_key(b, w);
		return;
	}
	after = successor(first, w);
	if (after == first)
		hand_over_key(first, w);
	else if (!after)
		after = first;
	w->next = after;
	w->prev = after->prev;
	w->prev->next = w;
	after->prev = w;
}

void fx_queue_remove(struct fx_waiter *w)
{
	fx_step(FX_STEP_QUEUE, w->bucket);
	w->queued = false;
	if (w->next == w) {
		unlink_key(w);
		return;
	}
	if (w->first)
		hand_over_key(w, w->next);
	w->prev->next = w->next;
	w->next->prev = w->prev;
}

unsigned fx_queue_move(struct fx_waiter *first, struct fx_bucket *to)
{
	struct fx_waiter *w = first;
	unsigned n = 0;

	unlink_key(first);
	fx_step(FX_STEP_QUEUE, to);
	link_key(to, first);
	do {
		set_bucket(w, to);
		w = w->next;
		n++;
	} while (w != first);
	return n;
}
