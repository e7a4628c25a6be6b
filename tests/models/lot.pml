/* SPDX-License-Identifier: MIT */
/*
 * Steps (A) to (E) of manager/lot.h: a thread has taken a place and is about to sleep on the
 * lot's sequence while one wakes it, and one wakes somebody else of the same lot. Spin finds each
 * end in which it is left asleep.
 *
 * Seeded: SEQUENCE_READ_LATE, SEQUENCE_STAYS, WAKES_BEFORE_THE_WORD.
 */
#define VARIABLES 2
#define w	  0 /* the waiter's word; PARKED stands for its place */
#define sequence  1
#include "memory.pml"

bool asleep; /* in the host's list of the sequence, with its bit */

proctype waiting()
{
	byte self = 0, was, seen;

again:
#ifndef SEQUENCE_READ_LATE
	seen = LOAD(sequence);		/* (A) */
#endif
	atomic {			/* (B) */
		drain();
		if
		:: mem[w] == WOKEN -> goto done
		:: else -> mem[w] = PARKED
		fi
	}
#ifdef SEQUENCE_READ_LATE
	seen = LOAD(sequence);
#endif
	atomic {			/* the host's look and its list are one step */
		drain();
		if
		:: mem[sequence] != seen -> goto again
		:: else -> asleep = true
		fi
	}
	!asleep;
	goto again;
done:	skip
}

inline call(bit_is_ours)
{
#ifndef SEQUENCE_STAYS
	add(sequence, 1);		/* (D) */
#endif
	atomic { drain(); if :: bit_is_ours -> asleep = false :: else fi }	/* (E) */
}

proctype waking()
{
	byte self = 1, was;

#ifdef WAKES_BEFORE_THE_WORD
	call(true);
#endif
	exchange(w, WOKEN);		/* (C) */
#ifndef WAKES_BEFORE_THE_WORD
	if
	:: was == PARKED -> call(true)
	:: else
	fi
#endif
}

proctype waking_another()
{
	byte self = 2, was;

	call(false)
}

init {
	atomic { run waiting(); run waking(); run waking_another() }
}
