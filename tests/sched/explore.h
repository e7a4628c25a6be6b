/* SPDX-License-Identifier: MIT */
/* Runs a scenario in all orders that differ. */
#ifndef TESTS_SCHED_EXPLORE_H
#define TESTS_SCHED_EXPLORE_H

#include <stdbool.h>

#include "tests/sched/sim.h"

struct explore_result {
	unsigned long schedules; /* executions that ran to their end */
	unsigned long pruned;	 /* broken off: the same as one that was run, but for order */
	unsigned long longest;	 /* steps */
	bool cut;		 /* the limit on executions was met: not exhaustive */
};

/* False: a violation was found and printed, with the string that replays it. */
bool explore(const struct scenario *scenario, unsigned long limit, struct explore_result *result);

/* Runs one schedule and prints its steps. False: it is a violation, or does not fit. */
bool explore_replay(const struct scenario *scenario, const char *schedule);

/* Prints the violation that the execution under way has met, for a handler of SIGSEGV. */
void explore_report(const char *why);

#endif
