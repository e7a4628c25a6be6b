/* SPDX-License-Identifier: MIT */
/* The words of memory that threads of the program meet in, learned from runs. */
#ifndef LOADER_TEST_MEETS_H
#define LOADER_TEST_MEETS_H

#include <stdbool.h>
#include <stdint.h>

#include "loader/test/schedule_file.h"

struct fx_meets {
	uint64_t set[FX_SCHEDULE_MEETS]; /* by fx_schedule_bit */
};

/*
 * Adds the words that more than one thread came to in this run, of which one wrote there. False: it
 * cannot be known, for the run had too many events, or other processes; or there is no memory.
 */
bool fx_meets_learn(struct fx_meets *m, const struct fx_schedule_file *file,
		    const struct fx_outcome *outcome);

#endif
