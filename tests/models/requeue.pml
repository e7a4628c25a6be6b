/* SPDX-License-Identifier: MIT */
/*
 * A waiter of the first word, a requeue that compares that word and moves the waiter to the second,
 * and who changes the first word and then wakes both, the second first: wherever the waiter is, one
 * of the two wakes has to find it. A second requeue goes the other way meanwhile (compares
 * nothing): the two take both locks in one order.
 *
 * Seeded: ANNOUNCED_LATE (the requeue compares before it shows in the second bucket), NO_ORDER.
 */
#define VARIABLES 8
#define word	  0
#define bucket1	  1
#define bucket2	  2
#define waiters1  3
#define waiters2  4
#define place	  5 /* 1, 2: the queue that the waiter is in; under both locks, or its bucket's */
#define w	  6
#define stopped	  7 /* the waker has changed the word: the other requeue moves nobody back */
#include "memory.pml"

proctype waiting()
{
	byte self = 0, was;

	/* Queued before the others begin: see init. */
	sleep_until_woken(w)
}

proctype requeues()
{
	byte self = 1, was;

	lock(bucket1);
	lock(bucket2);
#ifndef ANNOUNCED_LATE
	add(waiters2, 1);
#endif
	was = LOAD(word);
#ifdef ANNOUNCED_LATE
	add(waiters2, 1);
#endif
	if
	:: was == 0 && LOAD(place) == 1 ->
		add(waiters2, 1);
		store(place, 2);
		sub(waiters1, 1)
	:: else
	fi;
	sub(waiters2, 1);
	unlock(bucket2);
	unlock(bucket1)
}

/* From the second to a third word in the first bucket, of which there is no waiter: nobody moves. */
proctype requeues_back()
{
	byte self = 2, was;

#ifdef NO_ORDER
	lock(bucket2);
	lock(bucket1);
#else
	lock(bucket1);
	lock(bucket2);
#endif
	add(waiters1, 1);
	sub(waiters1, 1);
	unlock(bucket1);
	unlock(bucket2)
}

inline wake(bucket, waiters, which)
{
	fence();
	if
	:: LOAD(waiters) == 0
	:: else ->
		lock(bucket);
		taken = LOAD(place) == which;
		if
		:: taken -> store(place, 0); sub(waiters, 1)
		:: else
		fi;
		unlock(bucket);
		if
		:: taken -> release_waiter(w)
		:: else
		fi
	fi
}

proctype waking()
{
	byte self = 3, was;
	bool taken;

	store(word, 1);
	wake(bucket2, waiters2, 2);
	wake(bucket1, waiters1, 1)
}

init {
	mem[place] = 1;
	mem[waiters1] = 1;
	atomic { run waiting(); run requeues(); run requeues_back(); run waking() }
}
