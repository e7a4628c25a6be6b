/* SPDX-License-Identifier: MIT */
/*
 * The robust list of an exiting thread: set_robust_list(2), and the kernel's
 * exit_robust_list and handle_futex_death, whose order and limits these are.
 * The list is in guest memory and may say anything.
 */
#include <stdbool.h>

#include "manager/manager.h"

/* The kernel's ROBUST_LIST_LIMIT: a list may be a ring that does not meet its head. */
#define LIMIT 2048

/* Bits of the lock word (linux/futex.h). */
#define WAITERS	   0x80000000U
#define OWNER_DIED 0x40000000U
#define TID_MASK   0x3fffffffU

/* struct robust_list_head as a 64-bit guest has it. */
#define HEAD_OFFSET  8
#define HEAD_PENDING 16

struct entry {
	uintptr_t address; /* bit 0, the flag of a priority-inheritance lock, cut off */
	bool pi;
};

struct walk {
	struct fx_manager *m;
	uintptr_t offset; /* from an entry to its lock word */
	uint32_t tid;
	void (*wake)(struct fx_manager *m, uintptr_t uaddr);
};

static void wake_process(struct fx_manager *m, uintptr_t uaddr)
{
	fx_wake(m, uaddr, FX_KEY_PROCESS, 1, FX_BITSET_ANY);
}

static int fetch(const struct fx_manager *m, uintptr_t address, struct entry *out)
{
	uint64_t value = 0;
	int rc = m->memory->load64(address, &value);

	out->address = (uintptr_t)value & ~(uintptr_t)1;
	out->pi = (value & 1) != 0;
	return rc;
}

/* Swaps the owner for OWNER_DIED; *was is the word before, of whoever's it is. */
static int mark_dead(const struct walk *walk, uintptr_t uaddr, uint32_t *was)
{
	const struct fx_memory_ops *memory = walk->m->memory;
	uint32_t seen = *was;

	do {
		int rc;

		*was = seen;
		if ((*was & TID_MASK) != walk->tid)
			return 0;
		rc = memory->cmpxchg32(uaddr, *was, (*was & WAITERS) | OWNER_DIED, &seen);
		if (rc != 0)
			return rc;
	} while (seen != *was);
	return 0;
}

/*
 * One lock. A pending one without an owner was being unlocked: the thread died
 * between its store of 0 and its wake, so the wake is made up for. Locks with
 * priority inheritance wake their waiters in another way.
 */
static int bury(const struct walk *walk, struct entry entry, bool pending)
{
	uintptr_t uaddr = entry.address + walk->offset;
	uint32_t value;
	int rc;

	if (!fx_key_aligned(uaddr))
		return -FX_EINVAL;
	rc = walk->m->memory->load32(uaddr, &value);
	if (rc != 0)
		return rc;
	if ((value & TID_MASK) == 0) {
		if (pending && !entry.pi)
			walk->wake(walk->m, uaddr);
		return 0;
	}
	rc = mark_dead(walk, uaddr, &value);
	if (rc != 0)
		return rc;
	if ((value & TID_MASK) == walk->tid && (value & WAITERS) && !entry.pi)
		walk->wake(walk->m, uaddr);
	return 0;
}

/* Nonzero: the list is broken, and the pending operation is not looked at (so Linux). */
static int walk_list(const struct walk *walk, uintptr_t head, struct entry entry, uintptr_t pending)
{
	int left;

	for (left = LIMIT; entry.address != head && left > 0; left--) {
		struct entry next = {0, false};
		/* Read before the lock is freed: its next owner may unlink it. */
		int rc = fetch(walk->m, entry.address, &next);

		if (entry.address != pending) {
			int buried = bury(walk, entry, false);

			if (buried != 0)
				return buried;
		}
		if (rc != 0)
			return rc;
		entry = next;
	}
	return 0;
}

void fx_robust_exit(struct fx_manager *m, uintptr_t head, uint32_t tid,
		    void (*wake)(struct fx_manager *m, uintptr_t uaddr))
{
	struct walk walk = {m, 0, tid, wake ? wake : wake_process};
	struct entry first, pending;
	uint64_t offset;

	if (fetch(m, head, &first) != 0 || m->memory->load64(head + HEAD_OFFSET, &offset) != 0 ||
	    fetch(m, head + HEAD_PENDING, &pending) != 0)
		return;
	walk.offset = (uintptr_t)offset;
	if (walk_list(&walk, head, first, pending.address) != 0)
		return;
	if (pending.address != 0)
		bury(&walk, pending, true);
}
