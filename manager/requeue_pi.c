/* SPDX-License-Identifier: MIT */
/*
 * FUTEX_WAIT_REQUEUE_PI and FUTEX_CMP_REQUEUE_PI: a condition variable whose mutex has
 * an owner. Whoever is moved from the first word has the lock at the second one,
 * or is in its queue, in one step.
 */
#include "manager/bucket.h"
#include "manager/lock.h"
#include "manager/manager.h"
#include "manager/pi_table.h"
#include "manager/queue.h"
#include "manager/wait.h"
#include "manager/wake.h"

int fx_requeue_pi_begin(struct fx_manager *m, struct fx_pi_waiter *pw, uintptr_t uaddr,
			uintptr_t uaddr2, enum fx_key_class cls, uint32_t val, uint32_t bitset,
			uint32_t tid)
{
	int rc;

	if (uaddr == uaddr2 || bitset == 0)
		return -FX_EINVAL;
	rc = fx_pi_check_word(m, uaddr2, cls);
	if (rc != 0)
		return rc;
	pw->waiter.kind = FX_WAITER_REQUEUE_PI;
	pw->waiter.priority = fx_waiter_priority(m, tid);
	pw->target = fx_key_make(uaddr2, cls);
	pw->tid = tid;
	return fx_wait_queue(m, &pw->waiter, uaddr, cls, val, bitset);
}

/*
 * To begin anew after a signal would only find that the first word has changed, so
 * Linux says that at once.
 */
int fx_requeue_pi_end(struct fx_manager *m, struct fx_pi_waiter *pw, int reason)
{
	int rc = fx_lock_pi_end(m, pw, reason);

	if (pw->waiter.kind == FX_WAITER_PI && (rc == -FX_EINTR || rc == -FX_EBAIL))
		return -FX_EAGAIN;
	return rc;
}

int fx_wait_requeue_pi(struct fx_manager *m, uintptr_t uaddr, uintptr_t uaddr2,
		       enum fx_key_class cls, uint32_t val, uint32_t bitset, uint32_t tid,
		       const struct fx_deadline *deadline)
{
	struct fx_pi_waiter pw;
	int rc;

	if (!fx_deadline_valid(deadline))
		return -FX_EINVAL;
	rc = fx_requeue_pi_begin(m, &pw, uaddr, uaddr2, cls, val, bitset, tid);
	if (rc != 0)
		return rc;
	return fx_requeue_pi_end(m, &pw, fx_wait_sleep(m, &pw.waiter, deadline));
}

/* What one requeue works on; all locks are held while it is used. */
struct requeue {
	struct fx_bucket *b1;
	struct fx_bucket *b2;
	struct fx_key key1;
	struct fx_key key2;
	uint32_t owner; /* of the second word */
};

/* The oldest waiter of the first word, or NULL; -EINVAL: one that is not to be moved there. */
static int next_waiter(const struct requeue *r, struct fx_pi_waiter **out)
{
	struct fx_waiter *w = fx_queue_find(r->b1, r->key1);

	*out = fx_pi_waiter_of(w);
	if (!w)
		return 0;
	if (w->kind != FX_WAITER_REQUEUE_PI || !fx_key_equal((*out)->target, r->key2))
		return -FX_EINVAL;
	return 0;
}

/* The second word names it already. */
static void make_owner(struct fx_manager *m, const struct requeue *r, struct fx_pi_waiter *pw,
		       struct fx_wake_list *list)
{
	fx_queue_remove(&pw->waiter);
	fx_bucket_retract(r->b1);
	pw->result = 0;
	fx_wake_list_add(list, &pw->waiter);
	if (m->observer)
		m->observer->wake(m, &pw->waiter);
}

static void make_wait_for_owner(struct fx_manager *m, const struct requeue *r,
				struct fx_pi_waiter *pw)
{
	fx_queue_remove(&pw->waiter);
	fx_bucket_retract(r->b1);
	pw->waiter.key = r->key2;
	fx_pi_enqueue(m, r->b2, pw, r->owner);
	if (m->observer)
		m->observer->requeue(m, &pw->waiter, r->key1);
}

/* Returns how many became owner or wait for it now. */
static int requeue(struct fx_manager *m, struct requeue *r, int nr_requeue,
		   struct fx_wake_list *list)
{
	struct fx_pi_waiter *pw;
	int n = 0;
	int rc = next_waiter(r, &pw);

	if (rc != 0 || !pw)
		return rc;
	rc = fx_pi_claim(m, r->b2, r->key2, pw->tid, nr_requeue != 0, &r->owner);
	if (rc < 0)
		return rc;
	if (rc == 1) {
		make_owner(m, r, pw, list);
		n = 1;
	}
	while (n - 1 < nr_requeue) {
		rc = next_waiter(r, &pw);
		if (rc == 0 && pw)
			rc = fx_pi_check_deadlock(m, pw->tid, r->owner);
		if (rc != 0)
			return rc;
		if (!pw)
			break;
		make_wait_for_owner(m, r, pw);
		n++;
	}
	return n;
}

/* The kernel reads both words before it looks for waiters. *again: the second one changed. */
static int compare_and_requeue(struct fx_manager *m, struct requeue *r, int nr_requeue,
			       uint32_t cmpval, struct fx_wake_list *list, bool *again)
{
	uint32_t ignored;
	int rc = fx_wait_check_value(m, fx_key_uaddr(r->key1), cmpval);

	*again = false;
	if (rc == 0)
		rc = m->memory->load32(fx_key_uaddr(r->key2), &ignored);
	if (rc != 0)
		return rc;
	rc = requeue(m, r, nr_requeue, list);
	*again = rc == -FX_EAGAIN;
	return rc;
}

int fx_cmp_requeue_pi(struct fx_manager *m, uintptr_t uaddr1, uintptr_t uaddr2,
		      enum fx_key_class cls, int nr_wake, int nr_requeue, uint32_t cmpval)
{
	struct fx_wake_list list;
	struct requeue r;
	bool again;
	int rc;

	if (nr_wake < 0 || nr_requeue < 0 || uaddr1 == uaddr2 || nr_wake != 1)
		return -FX_EINVAL;
	rc = fx_wake_check_word(m, uaddr1, cls);
	if (rc == 0)
		rc = fx_pi_check_word(m, uaddr2, cls);
	if (rc != 0)
		return rc;
	r.key1 = fx_key_make(uaddr1, cls);
	r.key2 = fx_key_make(uaddr2, cls);
	fx_wake_list_init(&list);
	do {
		fx_bucket_lock_two(m, r.key1, r.key2, &r.b1, &r.b2);
		fx_bucket_announce(r.b2); /* (A) in bucket.h, before the word is compared */
		fx_lock(m, &m->pi.lock);
		rc = compare_and_requeue(m, &r, nr_requeue, cmpval, &list, &again);
		fx_unlock(m, &m->pi.lock);
		fx_bucket_retract(r.b2);
		fx_bucket_unlock_two(m, r.b1, r.b2);
	} while (again);
	fx_wake_issue(m, &list);
	return rc;
}
