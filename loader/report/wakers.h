/* SPDX-License-Identifier: MIT */
/*
 * Who ended a wait, as far as `call` records tell: a wake of the same futex that overlaps it in
 * time and did wake somebody. It is certain only where no other wake can have been it, and that
 * one woke as many as it can have.
 */
#ifndef LOADER_REPORT_WAKERS_H
#define LOADER_REPORT_WAKERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A wait that ended with success, or a wake that woke somebody, of one private futex. */
struct fx_wake_part {
	int64_t begin_us, end_us;
	uint64_t woke;	   /* so many; 0: it is a wait */
	size_t call;	   /* the caller's number for it */
	size_t candidates; /* made, of a wait: wakes that can have ended it */
	size_t by;	   /* made: the call that did, or FX_WAKER_UNKNOWN */
};

#define FX_WAKER_UNKNOWN SIZE_MAX

/* Fills `by` and `candidates` of each wait, in any order; the order of parts changes. */
void fx_wakers_find(struct fx_wake_part *part, size_t parts);

#endif
