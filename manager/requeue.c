/* SPDX-License-Identifier: MIT */
#include <stdbool.h>

#include "manager/bucket.h"
#include "manager/manager.h"
#include "manager/queue.h"
#include "manager/wake.h"

static void move_waiter(struct fx_manager *m, struct fx_waiter *w, struct fx_bucket *from,
			struct fx_bucket *to, struct fx_key key)
{
	struct fx_key old = w->key;

	fx_bucket_announce(to);
	fx_queue_remove(w);
	fx_bucket_retract(from);
	w->key = key;
	fx_queue_append(to, w);
	if (m->observer)
		m->observer->requeue(m, w, old);
}

/* On the same word nobody moves, but all count (so Linux). */
static int count_waiters(const struct fx_bucket *b, struct fx_key key, int limit)
{
	struct fx_waiter *first = fx_queue_find(b, key);
	struct fx_waiter *w = first;
	int n = 0;

	while (w && n < limit) {
		if (fx_waiter_for_owner(w))
			return -FX_EINVAL;
		n++;
		w = w->next == first ? NULL : w->next;
	}
	return n;
}

static int move_waiters(struct fx_manager *m, struct fx_bucket *b1, struct fx_key key1,
			struct fx_bucket *b2, struct fx_key key2, int limit)
{
	struct fx_waiter *w;
	int n = 0;

	if (fx_key_equal(key1, key2))
		return count_waiters(b1, key1, limit);
	while (n < limit && (w = fx_queue_find(b1, key1)) != NULL) {
		if (fx_waiter_for_owner(w))
			return -FX_EINVAL;
		move_waiter(m, w, b1, b2, key2);
		n++;
	}
	return n;
}

static int compare(const struct fx_manager *m, uintptr_t uaddr, const uint32_t *cmpval)
{
	uint32_t seen;
	int rc;

	if (!cmpval)
		return 0;
	rc = m->memory->load32(uaddr, &seen);
	if (rc != 0)
		return rc;
	return seen == *cmpval ? 0 : -FX_EAGAIN;
}

/* The first word is compared here, where a mismatch costs nobody else anything, and under the
 * locks. */
static int check_words(const struct fx_manager *m, uintptr_t uaddr1, uintptr_t uaddr2,
		       enum fx_key_class cls1, enum fx_key_class cls2, const uint32_t *cmpval)
{
	int rc = fx_wake_check_word(m, uaddr1, cls1);

	if (rc == 0)
		rc = fx_wake_check_word(m, uaddr2, cls2);
	return rc == 0 ? compare(m, uaddr1, cmpval) : rc;
}

int fx_requeue(struct fx_manager *m, uintptr_t uaddr1, uintptr_t uaddr2, enum fx_key_class cls1,
	       enum fx_key_class cls2, int nr_wake, int nr_requeue, const uint32_t *cmpval)
{
	struct fx_key key1 = fx_key_make(uaddr1, cls1);
	struct fx_key key2 = fx_key_make(uaddr2, cls2);
	struct fx_bucket *b1, *b2;
	struct fx_wake_list list;
	int rc;

	if (nr_wake < 0 || nr_requeue < 0)
		return -FX_EINVAL;
	rc = check_words(m, uaddr1, uaddr2, cls1, cls2, cmpval);
	if (rc != 0)
		return rc;
	fx_wake_list_init(&list);
	fx_bucket_lock_two(m, key1, key2, &b1, &b2);
	fx_bucket_announce(b2); /* (A) in bucket.h, before the word is compared */
	rc = compare(m, uaddr1, cmpval);
	if (rc == 0 && nr_wake > 0)
		rc = fx_wake_take(m, b1, key1, nr_wake, FX_BITSET_ANY, &list);
	if (rc >= 0) {
		int moved = move_waiters(m, b1, key1, b2, key2, nr_requeue);

		rc = moved < 0 ? moved : rc + moved;
	}
	fx_bucket_retract(b2);
	fx_bucket_unlock_two(m, b1, b2);
	fx_wake_issue(m, &list);
	return rc;
}
