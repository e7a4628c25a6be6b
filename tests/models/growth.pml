/* SPDX-License-Identifier: MIT */
/*
 * A table of one bucket is replaced by another while one thread waits and one wakes. Buckets and
 * their variables are numbered by the table that they are of.
 *
 * Seeded: NOT_RETIRED (the old count is 0 afterwards), NOT_LOOKED_AT_AGAIN (who has locked a bucket
 * does not notice that it is of the old table), NO_FENCE, PUBLISHED_EARLY (the new table before
 * the waiters have moved, and with the old lock given back), UNLOCK_IS_RELAXED.
 */
#define VARIABLES   8
#define word	    0
#define table	    1
#define bucket(t)   (2 + (t))
#define waiters(t)  (4 + (t))
#define place	    6 /* 0: nowhere; 1, 2: queued in the bucket of table 0, 1 */
#define w	    7
#define RETIRED	    100
#include "memory.pml"

inline lock_bucket()
{
	do
	:: t = LOAD(table);
	   lock(bucket(t));
#ifdef NOT_LOOKED_AT_AGAIN
	   break
#else
	   if
	   :: LOAD(table) == t -> break
	   :: else -> unlock(bucket(t))
	   fi
#endif
	od
}

proctype waiting()
{
	byte self = 0, was, t;

	lock_bucket();
	add(waiters(t), 1);
	if
	:: LOAD(word) == 0 ->
		store(place, t + 1);
		unlock(bucket(t));
		sleep_until_woken(w)
	:: else ->
		sub(waiters(t), 1);
		unlock(bucket(t))
	fi
}

proctype waking()
{
	byte self = 1, was, t;
	bool taken;

	store(word, 1);
#ifndef NO_FENCE
	fence();
#endif
	t = LOAD(table);
	if
	:: LOAD(waiters(t)) == 0 -> goto done
	:: else
	fi;
	lock_bucket();
	taken = LOAD(place) == t + 1;
	if
	:: taken -> store(place, 0); sub(waiters(t), 1)
	:: else
	fi;
	unlock(bucket(t));
	if
	:: taken -> release_waiter(w)
	:: else
	fi;
done:	skip
}

proctype growing()
{
	byte self = 2, was;

	lock(bucket(0));
#ifdef PUBLISHED_EARLY
	store_release(table, 1);
	unlock(bucket(0));
#endif
	if
	:: LOAD(place) == 1 ->
		lock(bucket(1));
		store(place, 2);
		add(waiters(1), 1);
		unlock(bucket(1))
	:: else
	fi;
#ifdef NOT_RETIRED
	store_release(waiters(0), 0);
#else
	store_release(waiters(0), RETIRED);
#endif
#ifndef PUBLISHED_EARLY
	store_release(table, 1);
	unlock(bucket(0))
#endif
}

init {
	atomic { run waiting(); run waking(); run growing() }
}
