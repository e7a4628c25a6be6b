/* SPDX-License-Identifier: MIT */
/*
 * The futex manager: wait, wake and requeue on 32-bit words, inside one
 * process, with Linux's semantics (futex(2)) and without an operating system.
 *
 * All functions return a count or 0 on success and a negative Linux errno on
 * failure, may be called by any number of threads at once, and allocate
 * nothing: a waiter lives in the waiting thread's frame, the bucket table in
 * memory that the owner of the manager supplies.
 *
 * What the caller has checked already: that addresses lie in the guest's part
 * of the address space, and that a word in the process class cannot be mapped
 * by another process.
 */
#ifndef MANAGER_MANAGER_H
#define MANAGER_MANAGER_H

#include <stddef.h>
#include <stdint.h>

#include "manager/async.h"
#include "manager/errno.h"
#include "manager/key.h"
#include "manager/lot.h"
#include "manager/observer.h"
#include "manager/pi.h"
#include "manager/platform.h"
#include "manager/waiter.h"

#define FX_BITSET_ANY 0xffffffffU

/* The smallest table: 16 buckets of one cache line. */
#define FX_MANAGER_MIN_TABLE ((size_t)16 * 64)

/*
 * What a compiler and its machine have to have: atomics without locks of a word and of a pointer
 * (a waiter is woken by somebody who holds no lock, and the table is one pointer), and no other
 * idea of bytes. The order of bytes and the size of a pointer do not matter.
 */
_Static_assert(__atomic_always_lock_free(sizeof(uint32_t), 0), "lock-free atomics of 32 bits");
_Static_assert(__atomic_always_lock_free(sizeof(uintptr_t), 0), "lock-free atomics of a pointer");
_Static_assert(__CHAR_BIT__ == 8 && sizeof(uint32_t) == 4, "bytes of 8 bits");

/* Visible only so that it can be static. Owned by the process it serves. */
struct fx_manager {
	const struct fx_platform_ops *platform;
	const struct fx_memory_ops *memory;
	const struct fx_thread_ops *threads;
	/* NULL: nobody looks. Set by the owner while no other thread uses the manager. */
	const struct fx_observer *observer;
	/*
	 * Atomic: address of the buckets | log2 of their number, in one word so
	 * that the two are always read together. See bucket.h.
	 */
	uintptr_t table;
	/*
	 * Set by the owner: how often at most to look for a wake, or for a free
	 * lock, before parking. 0, the default, is right where one CPU runs us.
	 */
	uint32_t spin_max;
	/*
	 * Set, for good, by the owner once a thread may have a real-time priority:
	 * from then on each plain wait asks for the caller's, too, and is queued
	 * before those that are less urgent. Asking costs a call of the host.
	 */
	bool realtime;
	uint32_t grow_lock;	     /* taken before any bucket lock */
	struct fx_lot lots[FX_LOTS]; /* see lot.h */
	struct fx_pi_table pi;	     /* its lock is taken after bucket locks */
	struct fx_async_table async; /* its lock is taken with no other held */
};

/*
 * table is zeroed and aligned to 64 bytes; bytes >= FX_MANAGER_MIN_TABLE.
 * Observer, spin_max and realtime start as NULL, 0 and false.
 */
void fx_manager_init(struct fx_manager *m, const struct fx_platform_ops *platform,
		     const struct fx_memory_ops *memory, const struct fx_thread_ops *threads,
		     void *table, size_t bytes);

/*
 * For the only thread of a fork's child: forgets all waiters and frees all
 * locks, which belong to threads that exist in the parent alone.
 */
void fx_manager_reset(struct fx_manager *m);

/* 0 if the table is big enough for so many threads, else how large a table to hand to grow. */
size_t fx_manager_grow_bytes(const struct fx_manager *m, unsigned nthreads);

/*
 * Moves on to a larger table (zeroed, aligned to 64 bytes); waiters go along. A
 * table that is no larger is ignored. Old ones must stay mapped for ever, since a
 * thread may be about to look at one; together they are smaller than the newest.
 */
void fx_manager_grow(struct fx_manager *m, void *table, size_t bytes);

/*
 * FUTEX_WAIT_BITSET; deadline NULL: none. Returns 0 (woken), -EAGAIN (another
 * value), -EFAULT, -EINVAL (bitset 0, misaligned, deadline not normalised),
 * -ETIMEDOUT, -EINTR, or -FX_EBAIL (see platform.h).
 */
int fx_wait(struct fx_manager *m, uintptr_t uaddr, enum fx_key_class cls, uint32_t val,
	    uint32_t bitset, const struct fx_deadline *deadline);

/*
 * The same in two phases. begin returns 0 with w queued, or -EAGAIN, -EFAULT,
 * -EINVAL with w unused. After 0 the caller sleeps as it likes (fx_wait_sleep
 * is the usual way), and must call end with the reason, negative or 0, why
 * it stopped. end returns 0 if a wake had taken w, whatever the reason; else
 * it takes w off its queue and returns the reason.
 */
int fx_wait_begin(struct fx_manager *m, struct fx_waiter *w, uintptr_t uaddr, enum fx_key_class cls,
		  uint32_t val, uint32_t bitset);
int fx_wait_sleep(struct fx_manager *m, struct fx_waiter *w, const struct fx_deadline *deadline);
int fx_wait_end(struct fx_manager *m, struct fx_waiter *w, int reason);

/*
 * FUTEX_WAKE_BITSET: wakes at most nr waiters whose bitset meets this one,
 * oldest first, and returns their number. nr <= 0 wakes one, as on Linux.
 * -EINVAL (bitset 0, misaligned); -EFAULT (unmapped word, process class only).
 */
int fx_wake(struct fx_manager *m, uintptr_t uaddr, enum fx_key_class cls, int nr, uint32_t bitset);

/*
 * FUTEX_REQUEUE (cmpval NULL) and FUTEX_CMP_REQUEUE: wakes at most nr_wake
 * waiters of the first word, whatever their bitset, moves at most nr_requeue
 * more to the second, and returns how many it woke or moved. -EINVAL (negative
 * count, misaligned), -EFAULT, -EAGAIN (first word is not *cmpval).
 */
int fx_requeue(struct fx_manager *m, uintptr_t uaddr1, uintptr_t uaddr2, enum fx_key_class cls1,
	       enum fx_key_class cls2, int nr_wake, int nr_requeue, const uint32_t *cmpval);

/*
 * FUTEX_WAKE_OP: applies the encoded operation to the second word, wakes at most
 * nr_wake waiters of the first and, if the old value compares true, nr_wake2 of
 * the second, and returns how many. Counts <= 0 wake one. -EINVAL (misaligned),
 * -EFAULT, -ENOSYS (unknown operation or comparison).
 */
int fx_wake_op(struct fx_manager *m, uintptr_t uaddr1, uintptr_t uaddr2, enum fx_key_class cls1,
	       enum fx_key_class cls2, int nr_wake, int nr_wake2, uint32_t encoded);

/* One element of fx_waitv. */
struct fx_waitv {
	uintptr_t uaddr;
	uint32_t val;
	enum fx_key_class cls;
};

/*
 * futex_waitv(2) of any length n > 0: waits on all words at once, in the n waiters
 * that the caller supplies. Returns the index of a word that was woken (the last,
 * if several were), -EINVAL (misaligned, deadline not normalised), -EFAULT, -EAGAIN
 * (another value, and no wake came meanwhile), -ETIMEDOUT, -EINTR or -FX_EBAIL.
 */
int fx_waitv(struct fx_manager *m, const struct fx_waitv *v, struct fx_waiter *waiters, unsigned n,
	     const struct fx_deadline *deadline);

/*
 * A wait with a function instead of a thread. a->done is set by the caller, who
 * owns *a again when done is called, or when cancel has returned. Returns 0 with *a
 * queued (done may have been called already), or -EAGAIN, -EFAULT, -EINVAL.
 *
 * done runs in the thread that wakes, with no lock held. It may call the manager,
 * and free *a or queue it again unless a cancel of it can run meanwhile.
 */
int fx_wait_async(struct fx_manager *m, struct fx_async *a, uintptr_t uaddr, enum fx_key_class cls,
		  uint32_t val, uint32_t bitset);

/*
 * 0: cancelled, done is not called. -EALREADY: a wake had taken it, and done has
 * returned. Must not be called from done, for which it would wait.
 */
int fx_wait_async_cancel(struct fx_manager *m, struct fx_async *a);

/*
 * What Linux does at the exit of a thread that has set a robust list: marks the
 * locks it owned with FUTEX_OWNER_DIED and wakes one waiter of each. head is the
 * guest's struct robust_list_head, tid its thread id as the lock words have it.
 * wake issues the wake of one waiter; NULL: fx_wake in the process class, as the
 * kernel's own wake here has no FUTEX_PRIVATE_FLAG.
 */
void fx_robust_exit(struct fx_manager *m, uintptr_t head, uint32_t tid,
		    void (*wake)(struct fx_manager *m, uintptr_t uaddr));

/*
 * Locks with priority inheritance: the word is the owner's thread id, FUTEX_WAITERS,
 * FUTEX_OWNER_DIED. tid is always the calling thread's. See pi.h.
 */

/*
 * FUTEX_LOCK_PI and FUTEX_LOCK_PI2. 0: tid owns the word. -EINVAL (misaligned,
 * deadline not normalised, another kind of waiter is first on the word, or the word
 * is not what it was made), -EFAULT, -EDEADLK (own lock, also through others that
 * wait), -ESRCH (no such owner), -ETIMEDOUT, -EINTR or -FX_EBAIL. After the last two
 * Linux restarts the call, whatever the handler's flags are.
 */
int fx_lock_pi(struct fx_manager *m, uintptr_t uaddr, enum fx_key_class cls, uint32_t tid,
	       const struct fx_deadline *deadline);

/* FUTEX_TRYLOCK_PI: the same, but -EAGAIN where the other would sleep. */
int fx_trylock_pi(struct fx_manager *m, uintptr_t uaddr, enum fx_key_class cls, uint32_t tid);

/*
 * FUTEX_UNLOCK_PI: the first waiter becomes the owner. -EFAULT, -EPERM (not the
 * owner), -EINVAL (misaligned, as above), in this order; -EAGAIN (the word changed).
 */
int fx_unlock_pi(struct fx_manager *m, uintptr_t uaddr, enum fx_key_class cls, uint32_t tid);

/*
 * FUTEX_WAIT_REQUEUE_PI: waits on uaddr until fx_cmp_requeue_pi makes it wait for,
 * or own, the lock at uaddr2. 0: tid owns uaddr2. Otherwise as fx_wait, and -EINVAL
 * for the same word twice. -EINTR and -FX_EBAIL only come from the first word, and
 * Linux restarts the call always; a signal on the second word is -EAGAIN.
 */
int fx_wait_requeue_pi(struct fx_manager *m, uintptr_t uaddr, uintptr_t uaddr2,
		       enum fx_key_class cls, uint32_t val, uint32_t bitset, uint32_t tid,
		       const struct fx_deadline *deadline);

/*
 * FUTEX_CMP_REQUEUE_PI: nr_wake must be 1. Gives uaddr2 to the first waiter of
 * uaddr1 if it is free, and makes others wait for it, 1 + nr_requeue together.
 * Returns their number; -EINVAL, -EFAULT, -EAGAIN, -EDEADLK, -ESRCH.
 */
int fx_cmp_requeue_pi(struct fx_manager *m, uintptr_t uaddr1, uintptr_t uaddr2,
		      enum fx_key_class cls, int nr_wake, int nr_requeue, uint32_t cmpval);

/*
 * At the exit of a thread, after fx_robust_exit and after alive(tid) has become
 * false: each word that it owns and others wait for goes to the first of them,
 * marked with FUTEX_OWNER_DIED.
 */
void fx_pi_exit(struct fx_manager *m, uint32_t tid);

/*
 * Who owns the word: the thread id in *tid, 0 for nobody. Where nobody waits with
 * fx_lock_pi only the word itself can say. -EINVAL (misaligned), -EFAULT.
 */
int fx_owner(struct fx_manager *m, uintptr_t uaddr, enum fx_key_class cls, uint32_t *tid);

#endif
