/* SPDX-License-Identifier: MIT */
/* Who owns a word, and what becomes of the words of an owner that dies. */
#include "manager/bucket.h"
#include "manager/lock.h"
#include "manager/manager.h"
#include "manager/pi_table.h"
#include "manager/wake.h"

/* The kernel's fixup_pi_state_owner, without an owner before: whatever the word says. */
static int name_heir(const struct fx_manager *m, uintptr_t uaddr, uint32_t tid)
{
	uint32_t old, seen;

	if (m->memory->load32(uaddr, &seen) != 0)
		return -FX_EFAULT;
	do {
		old = seen;
		if (m->memory->cmpxchg32(uaddr, old, tid | FX_PI_WAITERS | FX_PI_OWNER_DIED,
					 &seen) != 0)
			return -FX_EFAULT;
	} while (seen != old);
	return 0;
}

static bool find_owned(struct fx_manager *m, uint32_t tid, struct fx_key *key)
{
	bool found;

	fx_lock(m, &m->pi.lock);
	found = fx_pi_owned_by(m, tid, key);
	fx_unlock(m, &m->pi.lock);
	return found;
}

static void bequeath(struct fx_manager *m, uint32_t tid, struct fx_key key)
{
	struct fx_bucket *b = fx_bucket_lock(m, key);
	const struct fx_pi_waiter *state;
	struct fx_wake_list list;

	fx_wake_list_init(&list);
	fx_lock(m, &m->pi.lock);
	state = fx_pi_state(m, key);
	/* All who waited may have left meanwhile. */
	if (state && state->owner == tid) {
		struct fx_pi_waiter *heir = fx_pi_first(b, key);

		fx_pi_hand_over(m, b, heir, name_heir(m, fx_key_uaddr(key), heir->tid), &list);
	}
	fx_unlock(m, &m->pi.lock);
	fx_bucket_unlock(m, b);
	fx_wake_issue(m, &list);
}

/*
 * Who looked at alive before it became false is in the table by the time that
 * find_owned has its lock, since both happen under it.
 */
void fx_pi_exit(struct fx_manager *m, uint32_t tid)
{
	struct fx_key key;

	while (find_owned(m, tid, &key))
		bequeath(m, tid, key);
}

int fx_owner(struct fx_manager *m, uintptr_t uaddr, enum fx_key_class cls, uint32_t *tid)
{
	const struct fx_pi_waiter *state;
	uint32_t value;
	int rc;

	if (!fx_key_aligned(uaddr))
		return -FX_EINVAL;
	rc = m->memory->load32(uaddr, &value);
	if (rc != 0)
		return rc;
	fx_lock(m, &m->pi.lock);
	state = fx_pi_state(m, fx_key_make(uaddr, cls));
	*tid = state ? state->owner : value & FX_PI_TID_MASK;
	fx_unlock(m, &m->pi.lock);
	return 0;
}
