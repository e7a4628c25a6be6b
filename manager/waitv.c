/* SPDX-License-Identifier: MIT */
/*
 * futex_waitv(2): a waiter for each word, and one more word that the thread parks on.
 * A waker sets that word first and releases the waiter then, as any other; so the
 * thread waits for both, and its frame outlives all that the waker does.
 */
#include "manager/manager.h"
#include "manager/wait.h"
#include "manager/wake.h"

static int check_words(const struct fx_manager *m, const struct fx_waitv *v, unsigned n)
{
	unsigned i;

	for (i = 0; i < n; i++) {
		int rc = fx_wake_check_word(m, v[i].uaddr, v[i].cls);

		if (rc != 0)
			return rc;
	}
	return 0;
}

/* Takes all off their queues. The index of the last one that a waker had taken, or -1. */
static int end_all(struct fx_manager *m, struct fx_waiter *w, unsigned n, int reason)
{
	int woken = -1;
	unsigned i;

	for (i = 0; i < n; i++) {
		if (fx_wait_end(m, &w[i], reason) == 0)
			woken = (int)i;
	}
	return woken;
}

/* Where one word has another value, a wake that has come to those before it counts more. */
static int begin_all(struct fx_manager *m, const struct fx_waitv *v, struct fx_waiter *w,
		     unsigned n, uint32_t *group)
{
	int8_t priority = fx_wait_priority(m);
	unsigned i;

	for (i = 0; i < n; i++) {
		int rc, woken;

		w[i].kind = FX_WAITER_VECTOR;
		w[i].priority = priority;
		w[i].group = group;
		rc = fx_wait_queue(m, &w[i], v[i].uaddr, v[i].cls, v[i].val, FX_BITSET_ANY);
		if (rc == 0)
			continue;
		woken = end_all(m, w, i, rc);
		return woken >= 0 ? woken : rc;
	}
	return (int)n;
}

int fx_waitv(struct fx_manager *m, const struct fx_waitv *v, struct fx_waiter *waiters, unsigned n,
	     const struct fx_deadline *deadline)
{
	uint32_t group = FX_WAITER_RUNNING;
	int rc, woken;

	if (n == 0 || !fx_deadline_valid(deadline))
		return -FX_EINVAL;
	rc = check_words(m, v, n);
	if (rc != 0)
		return rc;
	rc = begin_all(m, v, waiters, n, &group);
	if (rc != (int)n)
		return rc;
	rc = fx_wait_park(m, &group, deadline, FX_PARK_WAIT);
	woken = end_all(m, waiters, n, rc != 0 ? rc : -FX_ECANCELED);
	return woken >= 0 ? woken : rc;
}
