/* SPDX-License-Identifier: MIT */
/*
 * Steps (A) to (D) of manager/bucket.h: one thread waits while the word is 0, one sets it to 1 and
 * wakes. Spin finds each end in which somebody is left asleep.
 *
 * Seeded: NO_FENCE, ANNOUNCED_LATE, UNLOCK_IS_RELAXED, WOKEN_AND_PARKED_CROSS.
 */
#define VARIABLES 5
#define word	  0 /* the guest's */
#define bucket	  1 /* its lock */
#define waiters	  2 /* its count */
#define queued	  3 /* its queue: the waiter is in it */
#define w	  4 /* the waiter's word */
#include "memory.pml"

proctype waiting()
{
	byte self = 0, was, seen;

	lock(bucket);
#ifndef ANNOUNCED_LATE
	add(waiters, 1);		/* (A) */
#endif
	seen = LOAD(word);		/* (B) */
#ifdef ANNOUNCED_LATE
	add(waiters, 1);
#endif
	if
	:: seen == 0 ->
		store(queued, 1);
		unlock(bucket);
		sleep_until_woken(w)
	:: else ->
		sub(waiters, 1);
		unlock(bucket)
	fi
}

proctype waking()
{
	byte self = 1, was, taken;

	store(word, 1);			/* plain: the guest's business */
#ifndef NO_FENCE
	fence();			/* (C) */
#endif
	if
	:: LOAD(waiters) == 0 -> goto done	/* (D) */
	:: else
	fi;
	lock(bucket);
	taken = LOAD(queued);
	if
	:: taken == 1 -> store(queued, 0); sub(waiters, 1)
	:: else
	fi;
	unlock(bucket);
	if
	:: taken == 1 -> release_waiter(w)
	:: else
	fi;
done:	skip
}

init {
	atomic { run waiting(); run waking() }
}
