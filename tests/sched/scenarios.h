/* SPDX-License-Identifier: MIT */
#ifndef TESTS_SCHED_SCENARIOS_H
#define TESTS_SCHED_SCENARIOS_H

#include "tests/sched/sim.h"

extern const struct scenario scenarios[];
extern const unsigned nscenarios;

/*
 * A pair beside a third thread is given up after so many executions; how many
 * of them are is printed. Without one it is explored to the end.
 */
#define PAIR_LIMIT 1000000

/* Every operation against every other, alone and beside a third; npairs differ in these two. */
const struct scenario *pair_scenarios(unsigned *count, unsigned *npairs);

#endif
