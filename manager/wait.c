/* SPDX-License-Identifier: MIT */
#include "manager/wait.h"

#include "manager/bucket.h"
#include "manager/lock.h"
#include "manager/lot.h"
#include "manager/manager.h"
#include "manager/queue.h"
#include "manager/step.h"

/* A probe may be for nothing: then it costs this share of a limit. */
#define SPIN_PROBE 16

bool fx_deadline_valid(const struct fx_deadline *d)
{
	return !d || (d->sec >= 0 && d->nsec >= 0 && d->nsec < 1000000000);
}

int fx_wait_check_value(const struct fx_manager *m, uintptr_t uaddr, uint32_t val)
{
	uint32_t seen;
	int rc = m->memory->load32(uaddr, &seen);

	if (rc != 0)
		return rc;
	return seen == val ? 0 : -FX_EAGAIN;
}

/*
 * A guess; lock held. A lot costs a little more than a word of one's own, for a wake of one: so
 * it is for who is not the first on its word, and for all where the last wake was of several.
 */
static bool is_woken_with_others(const struct fx_bucket *b, const struct fx_waiter *w)
{
	return w->kind == FX_WAITER_PLAIN && (w->next != w || b->woke_several);
}

/*
 * The value is looked at twice: first without the lock, where most mismatches
 * and faults show and cost nobody else anything; then under it, which counts.
 */
int fx_wait_queue(struct fx_manager *m, struct fx_waiter *w, uintptr_t uaddr, enum fx_key_class cls,
		  uint32_t val, uint32_t bitset)
{
	struct fx_bucket *b;
	int rc;

	if (bitset == 0 || !fx_key_aligned(uaddr))
		return -FX_EINVAL;
	rc = fx_wait_check_value(m, uaddr, val);
	if (rc != 0)
		return rc;
	w->key = fx_key_make(uaddr, cls);
	w->bitset = bitset;
	w->word = FX_WAITER_RUNNING;
	w->lot = FX_LOT_NONE;
	b = fx_bucket_lock(m, w->key);
	fx_bucket_announce(b);
	rc = fx_wait_check_value(m, uaddr, val); /* (B) in bucket.h */
	if (rc == 0) {
		fx_queue_append(b, w);
		if (is_woken_with_others(b, w))
			w->lot = fx_lot_of_key(w->key);
		if (m->observer)
			m->observer->wait_begin(m, w);
	} else {
		fx_bucket_retract(b);
	}
	fx_bucket_unlock(m, b);
	return rc;
}

int8_t fx_wait_priority(const struct fx_manager *m)
{
	return __atomic_load_n(&m->realtime, __ATOMIC_RELAXED) ? fx_waiter_priority(m, 0)
							       : FX_PRIORITY_NORMAL;
}

int fx_wait_begin(struct fx_manager *m, struct fx_waiter *w, uintptr_t uaddr, enum fx_key_class cls,
		  uint32_t val, uint32_t bitset)
{
	w->kind = FX_WAITER_PLAIN;
	w->priority = fx_wait_priority(m);
	return fx_wait_queue(m, w, uaddr, cls, val, bitset);
}

/*
 * Looks for the wake a little while before sleeping, as long as that pays: up to twice
 * what it took lately in this bucket, so that the limit closes when spins fail. How long
 * the wake then took nobody knows, so one spin in SPIN_PROBE goes on to the very limit: if
 * that succeeds, the next ones will. A requeue may move w meanwhile: then the old bucket,
 * which lives as long, learns from what the new one did.
 */
static bool spin(const struct fx_manager *m, struct fx_waiter *w)
{
	struct fx_bucket *b = __atomic_load_n(&w->bucket, __ATOMIC_RELAXED);
	uint32_t lately = __atomic_load_n(&b->spin, __ATOMIC_RELAXED);
	uint32_t failed = __atomic_load_n(&b->spins_failed, __ATOMIC_RELAXED);
	bool probe = failed % SPIN_PROBE == SPIN_PROBE / 2;
	uint32_t limit = probe ? m->spin_max : lately * 2 + 10;
	uint32_t n = 0;
	bool woken;

	/* Others are woken first; and many that spin keep the processor from who would wake. */
	if (__atomic_load_n(&b->waiters, __ATOMIC_RELAXED) > 1)
		return false;
	if (limit > m->spin_max)
		limit = m->spin_max;
	while (!(woken = fx_waiter_woken(w)) && n < limit) {
		m->platform->relax();
		n++;
	}
	if (!woken) {
		lately -= (lately + 7) / 8;
		__atomic_store_n(&b->spins_failed, failed + 1, __ATOMIC_RELAXED);
	} else if (n > lately) {
		lately = n;
	} else {
		lately = lately - lately / 8 + n / 8;
	}
	__atomic_store_n(&b->spin, lately, __ATOMIC_RELAXED);
	return woken;
}

/* Says how it is to be woken, by PARKED or a place; false: it has been. */
static bool set_parked(uint32_t *word, uint32_t how)
{
	uint32_t seen = FX_WAITER_RUNNING;

	fx_step(FX_STEP_STORE, word);
	/* Pairs with the exchange in fx_waiter_release. */
	while (!__atomic_compare_exchange_n(word, &seen, how, false, __ATOMIC_ACQ_REL,
					    __ATOMIC_ACQUIRE))
		if (seen == how || seen == FX_WAITER_WOKEN)
			return seen == how;
	return true;
}

static bool began_anew(int rc)
{
	return rc == 0 || rc == -FX_EAGAIN;
}

int fx_wait_park(const struct fx_manager *m, uint32_t *word, const struct fx_deadline *deadline,
		 enum fx_park_kind kind)
{
	const struct fx_spot spot = fx_spot_own(word, FX_WAITER_PARKED);

	while (set_parked(word, FX_WAITER_PARKED)) {
		int rc = m->platform->park(&spot, deadline, kind);

		if (!began_anew(rc))
			return rc;
	}
	return 0;
}

static int park_at(struct fx_manager *m, uint32_t place, uint32_t *word,
		   const struct fx_deadline *deadline)
{
	for (;;) {
		const struct fx_spot spot = fx_lot_spot(m, place, word);
		int rc;

		if (!set_parked(word, place))
			return 0;
		rc = m->platform->park(&spot, deadline, FX_PARK_WAIT);
		if (!began_anew(rc))
			return rc;
	}
}

int fx_wait_sleep(struct fx_manager *m, struct fx_waiter *w, const struct fx_deadline *deadline)
{
	uint32_t place;
	int rc;

	if (m->spin_max != 0 && spin(m, w))
		return 0;
	place = fx_lot_take(m, w->lot);
	if (!place)
		return fx_wait_park(m, &w->word, deadline, FX_PARK_WAIT);
	rc = park_at(m, place, &w->word, deadline);
	fx_lot_leave(m, place);
	return rc;
}

/* A requeue or a growth may move the waiter until the lock of its bucket is ours. */
struct fx_bucket *fx_wait_lock_bucket(const struct fx_manager *m, const struct fx_waiter *w)
{
	for (;;) {
		struct fx_bucket *b;

		fx_step(FX_STEP_LOAD, &w->bucket);
		b = __atomic_load_n(&w->bucket, __ATOMIC_ACQUIRE); /* see set_bucket */
		fx_lock(m, &b->lock);
		fx_step(FX_STEP_LOAD, &w->bucket);
		if (__atomic_load_n(&w->bucket, __ATOMIC_RELAXED) == b)
			return b;
		fx_unlock(m, &b->lock);
	}
}

bool fx_wait_leave(const struct fx_manager *m, struct fx_waiter *w)
{
	struct fx_bucket *b = fx_wait_lock_bucket(m, w);
	bool queued = w->queued;

	if (queued) {
		fx_queue_remove(w);
		fx_bucket_retract(b);
	}
	fx_bucket_unlock(m, b);
	return queued;
}

/* The waker is between unlocking and releasing its list, so this is short. */
void fx_wait_await_release(const struct fx_manager *m, struct fx_waiter *w)
{
	fx_wait_park(m, &w->word, NULL, FX_PARK_LOCK);
}

int fx_wait_end(struct fx_manager *m, struct fx_waiter *w, int reason)
{
	int result = 0;

	fx_step(FX_STEP_LOAD, &w->word);
	if (!fx_waiter_woken(w)) {
		if (fx_wait_leave(m, w))
			result = reason;
		else
			fx_wait_await_release(m, w);
	}
	if (m->observer)
		m->observer->wait_end(m, w, result);
	return result;
}

int fx_wait(struct fx_manager *m, uintptr_t uaddr, enum fx_key_class cls, uint32_t val,
	    uint32_t bitset, const struct fx_deadline *deadline)
{
	struct fx_waiter w;
	int rc;

	if (!fx_deadline_valid(deadline))
		return -FX_EINVAL;
	rc = fx_wait_begin(m, &w, uaddr, cls, val, bitset);
	if (rc != 0)
		return rc;
	return fx_wait_end(m, &w, fx_wait_sleep(m, &w, deadline));
}
