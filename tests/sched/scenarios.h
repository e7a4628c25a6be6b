/* SPDX-License-Identifier: MIT */
#ifndef TESTS_SCHED_SCENARIOS_H
#define TESTS_SCHED_SCENARIOS_H

#include "tests/sched/sim.h"

extern const struct scenario scenarios[];
extern const unsigned nscenarios;

#endif
