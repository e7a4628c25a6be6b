/* SPDX-License-Identifier: MIT */
/*
 * The search for a schedule with as few preemptions as a failure needs: which decisions are left
 * out, or made elsewhere. Nothing here runs anything, so that it can be tested by itself.
 *
 * A *preemption* is a decision by which another thread went on though this one could have; a
 * *choice* one of who goes on where this one could not. The usual choice (FX_HOW_USUAL) is in no
 * list.
 */
#ifndef LOADER_TEST_REDUCE_H
#define LOADER_TEST_REDUCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "shim/schedule.h"

#define FX_AT_ONCE_MOST 16

/* What is to be small: the first most of all, the next where that is the same. */
struct fx_cost {
	size_t preemptions, choices;
	uint64_t switches, events; /* of the whole run */
};

struct fx_list {
	struct fx_decision *decision; /* in the order of events */
	size_t count;
	struct fx_cost cost;
	bool fails; /* in the way that is looked for */
};

/*
 * Runs so many schedules. Of each that fails: sets `fails`, what it cost, and puts in place of its
 * decisions those that were made in the run and are not the usual ones, which are as many at most.
 * False: it is enough, nothing more is to be tried; what it has said all the same counts.
 */
typedef bool fx_try(void *of, struct fx_list *candidate, unsigned count);

struct fx_reduction {
	struct fx_list best;	   /* one that fails */
	struct fx_list *candidate; /* so many, with room for as many decisions as `best` has */
	unsigned at_once;	   /* FX_AT_ONCE_MOST at most */
	fx_try *try;
	void *of; /* for try */
	bool over;
};

/* Whether a is less than b. */
bool fx_cost_less(const struct fx_cost *a, const struct fx_cost *b);

/* How many of the decisions are preemptions, and how many choices. */
void fx_cost_count(const struct fx_list *list, struct fx_cost *cost);

/*
 * Makes `best` as cheap as it can: until no decision, no two of them, and none of the moves that it
 * knows make it cheaper; or until it is over.
 */
void fx_reduce(struct fx_reduction *r);

#endif
