/* SPDX-License-Identifier: MIT */
/* FUTEX_LOCK_PI and FUTEX_TRYLOCK_PI. */
#include "manager/pi.h"

#include "manager/bucket.h"
#include "manager/lock.h"
#include "manager/manager.h"
#include "manager/pi_table.h"
#include "manager/queue.h"
#include "manager/step.h"
#include "manager/wait.h"

/* Without FUTEX_PRIVATE_FLAG the kernel has to find a page that can be written. */
int fx_pi_check_word(const struct fx_manager *m, uintptr_t uaddr, enum fx_key_class cls)
{
	uint32_t value, ignored;
	int rc;

	if (!fx_key_aligned(uaddr))
		return -FX_EINVAL;
	if (cls == FX_KEY_PRIVATE)
		return 0;
	rc = m->memory->load32(uaddr, &value);
	return rc != 0 ? rc : m->memory->cmpxchg32(uaddr, value, value, &ignored);
}

/* 0, -EFAULT, or -EAGAIN if the word is not what it was when it was read. */
static int change(const struct fx_manager *m, uintptr_t uaddr, uint32_t old, uint32_t new)
{
	uint32_t seen;
	int rc = m->memory->cmpxchg32(uaddr, old, new, &seen);

	if (rc != 0)
		return rc;
	return seen == old ? 0 : -FX_EAGAIN;
}

/*
 * The kernel's attach_to_pi_state: others wait, and know the owner better than the word.
 * That may be the caller itself, of a word that somebody has overwritten.
 */
static int join(struct fx_manager *m, const struct fx_waiter *first, uint32_t value, uint32_t tid,
		uint32_t *owner)
{
	uint32_t known;

	if (first->kind != FX_WAITER_PI)
		return -FX_EINVAL;
	known = fx_pi_state(m, first->key)->owner;
	/* It dies: its robust list has been walked, fx_pi_exit has not. */
	if ((value & FX_PI_OWNER_DIED) && (value & FX_PI_TID_MASK) == 0)
		value |= known;
	if ((value & FX_PI_TID_MASK) != known)
		return -FX_EINVAL;
	*owner = known;
	return known == tid ? FX_PI_CLAIM_OWN : 0;
}

/* What the kernel's fixup_pi_owner leaves behind a trylock. */
static int repair(const struct fx_manager *m, uintptr_t uaddr, uint32_t tid)
{
	uint32_t value;
	int rc = m->memory->load32(uaddr, &value);

	if (rc != 0 || (value & FX_PI_TID_MASK) != 0)
		return rc;
	return change(m, uaddr, value, value | tid | FX_PI_WAITERS);
}

/*
 * The kernel's attach_to_pi_owner: nobody waits yet. An owner that is not alive may
 * have marked the word in its robust list since we read it.
 */
static int meet_owner(const struct fx_manager *m, uintptr_t uaddr, uint32_t value, uint32_t *owner)
{
	int rc;

	if (m->threads->alive(value & FX_PI_TID_MASK)) {
		*owner = value & FX_PI_TID_MASK;
		return 0;
	}
	rc = fx_wait_check_value(m, uaddr, value);
	return rc == 0 ? -FX_ESRCH : rc;
}

int fx_pi_claim(struct fx_manager *m, const struct fx_bucket *b, struct fx_key key, uint32_t tid,
		bool waiters, uint32_t *owner)
{
	uintptr_t uaddr = fx_key_uaddr(key);
	const struct fx_waiter *first;
	uint32_t value;
	int rc = m->memory->load32(uaddr, &value);

	if (rc != 0)
		return rc;
	if ((value & FX_PI_TID_MASK) == tid)
		return -FX_EDEADLK;
	first = fx_queue_find(b, key);
	if (first)
		return join(m, first, value, tid, owner);
	if ((value & FX_PI_TID_MASK) == 0) {
		rc = change(m, uaddr, value,
			    (value & FX_PI_OWNER_DIED) | tid | (waiters ? FX_PI_WAITERS : 0));
		*owner = tid;
		return rc == 0 ? 1 : rc;
	}
	rc = change(m, uaddr, value, value | FX_PI_WAITERS);
	return rc == 0 ? meet_owner(m, uaddr, value | FX_PI_WAITERS, owner) : rc;
}

static struct fx_bucket *lock_all(struct fx_manager *m, struct fx_key key)
{
	struct fx_bucket *b = fx_bucket_lock(m, key);

	fx_lock(m, &m->pi.lock);
	return b;
}

static void unlock_all(struct fx_manager *m, struct fx_bucket *b)
{
	fx_unlock(m, &m->pi.lock);
	fx_bucket_unlock(m, b);
}

/* -EAGAIN: the word changed meanwhile. */
static int try_begin(struct fx_manager *m, struct fx_pi_waiter *pw)
{
	struct fx_bucket *b = lock_all(m, pw->waiter.key);
	uint32_t owner;
	int rc = fx_pi_claim(m, b, pw->waiter.key, pw->tid, false, &owner);

	/* After the word says FUTEX_WAITERS, which stays (so Linux). */
	if (rc == 0)
		rc = fx_pi_check_deadlock(m, pw->tid, owner);
	if (rc == 0) {
		fx_pi_enqueue(m, b, pw, owner);
		if (m->observer)
			m->observer->wait_begin(m, &pw->waiter);
	}
	unlock_all(m, b);
	return rc;
}

int fx_lock_pi_begin(struct fx_manager *m, struct fx_pi_waiter *pw, uintptr_t uaddr,
		     enum fx_key_class cls, uint32_t tid)
{
	int rc = fx_pi_check_word(m, uaddr, cls);

	if (rc != 0)
		return rc;
	pw->waiter.key = fx_key_make(uaddr, cls);
	pw->waiter.bitset = FX_BITSET_ANY;
	pw->waiter.word = FX_WAITER_RUNNING;
	pw->waiter.lot = FX_LOT_NONE;
	pw->waiter.priority = fx_waiter_priority(m, tid);
	pw->tid = tid;
	do {
		rc = try_begin(m, pw);
	} while (rc == -FX_EAGAIN);
	return rc;
}

/* False: it was made the owner. */
static bool leave(struct fx_manager *m, struct fx_pi_waiter *pw)
{
	struct fx_bucket *b = fx_wait_lock_bucket(m, &pw->waiter);
	bool queued;

	fx_lock(m, &m->pi.lock);
	queued = pw->waiter.queued;
	if (queued && pw->waiter.kind == FX_WAITER_PI) {
		fx_pi_dequeue(m, b, pw);
	} else if (queued) {
		fx_queue_remove(&pw->waiter);
		fx_bucket_retract(b);
	}
	unlock_all(m, b);
	return queued;
}

/* Who leaves lets FUTEX_WAITERS stand (so Linux): the next unlock finds that nobody waits. */
int fx_lock_pi_end(struct fx_manager *m, struct fx_pi_waiter *pw, int reason)
{
	bool left = false;
	int result;

	fx_step(FX_STEP_LOAD, &pw->waiter.word);
	if (!fx_waiter_woken(&pw->waiter)) {
		left = leave(m, pw);
		if (!left)
			fx_wait_await_release(m, &pw->waiter);
	}
	result = left ? reason : pw->result;
	if (m->observer)
		m->observer->wait_end(m, &pw->waiter, result);
	return result;
}

int fx_lock_pi(struct fx_manager *m, uintptr_t uaddr, enum fx_key_class cls, uint32_t tid,
	       const struct fx_deadline *deadline)
{
	struct fx_pi_waiter pw;
	int rc;

	if (!fx_deadline_valid(deadline))
		return -FX_EINVAL;
	rc = fx_lock_pi_begin(m, &pw, uaddr, cls, tid);
	if (rc != 0)
		return rc > 0 ? 0 : rc;
	return fx_lock_pi_end(m, &pw, fx_wait_sleep(m, &pw.waiter, deadline));
}

int fx_trylock_pi(struct fx_manager *m, uintptr_t uaddr, enum fx_key_class cls, uint32_t tid)
{
	struct fx_key key = fx_key_make(uaddr, cls);
	uint32_t owner;
	int rc = fx_pi_check_word(m, uaddr, cls);

	if (rc != 0)
		return rc;
	do {
		struct fx_bucket *b = lock_all(m, key);

		rc = fx_pi_claim(m, b, key, tid, false, &owner);
		if (rc == FX_PI_CLAIM_OWN) {
			repair(m, uaddr, tid); /* or it has changed again, and is right as it is */
			rc = 0;
		}
		unlock_all(m, b);
	} while (rc == -FX_EAGAIN);
	return rc == 0 ? -FX_EAGAIN : rc > 0 ? 0 : rc;
}
