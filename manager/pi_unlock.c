/* SPDX-License-Identifier: MIT */
/* FUTEX_UNLOCK_PI. */
#include "manager/bucket.h"
#include "manager/lock.h"
#include "manager/manager.h"
#include "manager/pi_table.h"
#include "manager/queue.h"
#include "manager/wake.h"

void fx_pi_hand_over(struct fx_manager *m, struct fx_bucket *b, struct fx_pi_waiter *pw,
		     int result, struct fx_wake_list *list)
{
	fx_pi_state(m, pw->waiter.key)->owner = pw->tid;
	fx_pi_dequeue(m, b, pw);
	pw->result = result;
	fx_wake_list_add(list, &pw->waiter);
	if (m->observer)
		m->observer->wake(m, &pw->waiter);
}

/* A misaligned word too: Linux compares it with the caller before it complains. */
static int load_anywhere(const struct fx_manager *m, uintptr_t uaddr, uint32_t *out)
{
	uintptr_t shift = (uaddr & 3) * 8;
	uint32_t low, high;

	if (shift == 0)
		return m->memory->load32(uaddr, out);
	uaddr &= ~(uintptr_t)3;
	if (m->memory->load32(uaddr, &low) != 0 || m->memory->load32(uaddr + 4, &high) != 0)
		return -FX_EFAULT;
	*out = low >> shift | high << (32 - shift);
	return 0;
}

/*
 * The word says FUTEX_WAITERS as long as the kernel has a state for it, so for the
 * last waiter too, and FUTEX_OWNER_DIED no more.
 */
static int unlock_for(struct fx_manager *m, struct fx_bucket *b, struct fx_pi_waiter *pw,
		      uint32_t value, struct fx_wake_list *list)
{
	uint32_t seen;
	int rc = m->memory->cmpxchg32(fx_key_uaddr(pw->waiter.key), value,
				      pw->tid | FX_PI_WAITERS, &seen);

	if (rc != 0)
		return rc;
	/* So Linux: a word that said FUTEX_OWNER_DIED is not looked at again. */
	if (seen != value)
		return (seen & FX_PI_TID_MASK) == value ? -FX_EAGAIN : -FX_EINVAL;
	fx_pi_hand_over(m, b, pw, 0, list);
	return 0;
}

/* *again: others began to wait since the word was read. */
static int unlock(struct fx_manager *m, struct fx_bucket *b, struct fx_key key, uint32_t tid,
		  uint32_t value, struct fx_wake_list *list, bool *again)
{
	const struct fx_waiter *first = fx_queue_find(b, key);
	uint32_t seen;
	int rc;

	if (!first) {
		rc = m->memory->cmpxchg32(fx_key_uaddr(key), value, 0, &seen);
		if (rc != 0)
			return rc;
		return seen == value ? 0 : -FX_EAGAIN;
	}
	if (first->kind != FX_WAITER_PI || fx_pi_state(m, key)->owner != tid)
		return -FX_EINVAL;
	rc = unlock_for(m, b, fx_pi_first(b, key), value, list);
	*again = rc == -FX_EAGAIN;
	return rc;
}

int fx_unlock_pi(struct fx_manager *m, uintptr_t uaddr, enum fx_key_class cls, uint32_t tid)
{
	struct fx_key key = fx_key_make(uaddr, cls);
	struct fx_wake_list list;
	bool again;
	int rc;

	fx_wake_list_init(&list);
	do {
		struct fx_bucket *b;
		uint32_t value;

		again = false;
		rc = load_anywhere(m, uaddr, &value);
		if (rc != 0)
			return rc;
		if ((value & FX_PI_TID_MASK) != tid)
			return -FX_EPERM;
		rc = fx_pi_check_word(m, uaddr, cls);
		if (rc != 0)
			return rc;
		b = fx_bucket_lock(m, key);
		fx_lock(m, &m->pi.lock);
		rc = unlock(m, b, key, tid, value, &list, &again);
		fx_unlock(m, &m->pi.lock);
		fx_bucket_unlock(m, b);
	} while (again);
	fx_wake_issue(m, &list);
	return rc;
}
