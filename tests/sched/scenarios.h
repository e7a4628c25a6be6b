/* SPDX-License-Identifier: MIT */
#ifndef TESTS_SCHED_SCENARIOS_H
#define TESTS_SCHED_SCENARIOS_H

#include "tests/sched/sim.h"

extern const struct scenario scenarios[];
extern const unsigned nscenarios;

/* Pairs of operations with a third thread: at most so many preemptions. Alone: no bound. */
#define PAIR_PREEMPTIONS 2

const struct scenario *pair_scenarios(unsigned *count);

#endif
