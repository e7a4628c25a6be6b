/* SPDX-License-Identifier: MIT */
#include "shim/hang/owner.h"

#include <linux/futex.h>
#include <stddef.h>

#include "shim/base/call.h"
#include "shim/base/host.h"
#include "shim/memory/umem.h"
#include "shim/threads/guest_registers.h"
#include "shim/threads/thread.h"
#include "shim/base/table.h"

/* glibc's pthread_mutex_t: the lock word, then these (sysdeps/x86/nptl/bits/struct_mutex.h). */
#define MUTEX_OWNER  8
#define MUTEX_USERS  12
#define MUTEX_KIND   16
#define KIND_OF_LOCK 0x383u /* normal, recursive, errorcheck, adaptive; elision, shared */
#define KIND_ROBUST  0x10
#define CONTENDED    2 /* what a normal lock's word is while somebody waits */

/* pthread_rwlock_t: the two words that are waited for, and behind them the writer. */
#define RWLOCK_PHASE_TO_WRITER	 16
#define RWLOCK_WRITERS_TO_WRITER 12

/* musl's pthread_mutex_t: the kind before the lock word. */
#define MUSL_KIND      (-4)
#define MUSL_KIND_MASK 15

#define NEAREST	       512 /* to the stack pointer */

#define PLACES	       4096

/* By the low bits of their ids; who shares a place with a later one is not found. */
static struct fx_thread *by_tid[PLACES] FX_TABLE;

void fx_owner_note(struct fx_thread *t, uint32_t tid)
{
	__atomic_store_n(&by_tid[tid % PLACES], t, __ATOMIC_RELAXED);
}

struct fx_thread *fx_owner_find(uint32_t tid)
{
	struct fx_thread *t = __atomic_load_n(&by_tid[tid % PLACES], __ATOMIC_RELAXED);

	if (!t || __atomic_load_n(&t->host_tid, __ATOMIC_ACQUIRE) != tid ||
	    __atomic_load_n(&t->gone, __ATOMIC_ACQUIRE))
		return NULL;
	return t;
}

/* 0 also where nothing is mapped. */
static uint32_t load(uintptr_t at)
{
	uint32_t value;

	return fx_umem_load32(at, &value) == 0 ? value : 0;
}

static uint32_t of_normal_lock(uintptr_t word)
{
	uint32_t owner = load(word + MUTEX_OWNER), writer;

	if (owner)
		return load(word + MUTEX_USERS) && !(load(word + MUTEX_KIND) & ~KIND_OF_LOCK)
			       ? owner
			       : 0;
	/* Not a mutex; of a rwlock what lies there is padding. */
	writer = load(word + RWLOCK_PHASE_TO_WRITER);
	return writer ? writer : load(word + RWLOCK_WRITERS_TO_WRITER);
}

/* The word has the id of who holds the lock, or of the thread that is joined. */
static uint32_t of_word_with_id(uintptr_t word, uint32_t value)
{
	uint32_t tid = value & FUTEX_TID_MASK;
	const struct fx_thread *joined;

	if (value & FUTEX_WAITERS)
		return load(word + MUTEX_KIND) & KIND_ROBUST ||
				       (load(word + (uintptr_t)MUSL_KIND) & MUSL_KIND_MASK)
			       ? tid
			       : 0;
	joined = fx_owner_find(tid);
	return joined && joined->clear_child_tid == word ? tid : 0;
}

/*
 * Where Linux refuses a lock, glibc has the thread sleep for ever on a variable of its own
 * function, which is 0: not on a semaphore, of which another frame is the nearest.
 */
static uint32_t of_refused_lock(const struct fx_thread *t, const struct fx_call *c)
{
	const uintptr_t refused = __atomic_load_n(&t->refused, __ATOMIC_RELAXED);
	struct fx_guest_registers regs;

	if (!refused)
		return 0;
	fx_guest_registers_of_call(c, &regs);
	return c->arg[0] - regs.rsp < NEAREST ? load(refused) & FUTEX_TID_MASK : 0;
}

uint32_t fx_owner_of_wait(const struct fx_thread *t)
{
	const struct fx_call *c = fx_guest_call(t);
	uint32_t value;

	if (!c || c->nr != __NR_futex)
		return 0;
	switch ((int)c->arg[1] & FUTEX_CMD_MASK) {
	case FUTEX_WAIT:
	case FUTEX_WAIT_BITSET:
		value = (uint32_t)c->arg[2];
		if (value == 0)
			return of_refused_lock(t, c);
		if (value == CONTENDED || value == CONTENDED + 1)
			return of_normal_lock(c->arg[0]);
		return value > CONTENDED + 1 ? of_word_with_id(c->arg[0], value) : 0;
	case FUTEX_LOCK_PI:
	case FUTEX_LOCK_PI2:
		return load(c->arg[0]) & FUTEX_TID_MASK;
	default:
		return 0;
	}
}
