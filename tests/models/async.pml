/* SPDX-License-Identifier: MIT */
/*
 * A wait with a function: one thread wakes, and so calls the function; one cancels. When the cancel
 * has returned the structure is the caller's, who frees it: nobody may be in the function then, or
 * touch it.
 *
 * Seeded: LISTED_LATE (the waiter is released before the call is listed), NOT_AWAITED (the cancel
 * does not wait for the call's end), TOUCHED_AFTER (the waker looks at the structure after the
 * call), LOCK_LEFT_OUT (the canceller looks for the call without the table's lock),
 * UNLOCK_IS_RELAXED.
 */
#define VARIABLES 7
#define bucket	  0
#define queued	  1
#define w	  2 /* the waiter's word, in the structure */
#define calls	  3 /* the lock of the table of calls */
#define listed	  4 /* the call is in it */
#define canceller 5 /* it has one: whose word is c */
#define c	  6
#include "memory.pml"

bool gone; /* the structure has been freed */

#define TOUCH assert(!gone)

inline end_call()
{
	lock(calls);
	store(listed, 0);
	has_canceller = LOAD(canceller);
	unlock(calls)
}

proctype waking()
{
	byte self = 0, was, has_canceller;

	lock(bucket);
	if
	:: LOAD(queued) == 0 -> unlock(bucket); goto done
	:: else
	fi;
	store(queued, 0);
	unlock(bucket);
#ifndef LISTED_LATE
	lock(calls);
	store(listed, 1);
	unlock(calls);
#endif
	TOUCH;
	exchange(w, WOKEN);		/* who cancels waits for this without a sleep here */
#ifdef LISTED_LATE
	lock(calls);
	store(listed, 1);
	unlock(calls);
#endif
	TOUCH;				/* the function begins */
	TOUCH;				/* and ends */
	end_call();
#ifdef TOUCHED_AFTER
	TOUCH;
#endif
	if
	:: has_canceller == 1 -> release_waiter(c)
	:: else
	fi;
done:	skip
}

proctype cancelling()
{
	byte self = 1, was, left, found;

	lock(bucket);
	left = LOAD(queued);
	store(queued, 0);
	unlock(bucket);
	if
	:: left == 1 -> goto free
	:: else
	fi;
	LOAD(w) == WOKEN;
#ifndef LOCK_LEFT_OUT
	lock(calls);
#endif
	found = LOAD(listed);
	if
	:: found == 1 -> store(canceller, 1)
	:: else
	fi;
#ifndef LOCK_LEFT_OUT
	unlock(calls);
#endif
#ifndef NOT_AWAITED
	if
	:: found == 1 -> sleep_until_woken(c)
	:: else
	fi;
#endif
free:	gone = true
}

init {
	mem[queued] = 1;
	atomic { run waking(); run cancelling() }
}
