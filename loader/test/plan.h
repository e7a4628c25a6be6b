/* SPDX-License-Identifier: MIT */
/* Which seeds are tried, in which order, and by which of several machines. */
#ifndef LOADER_TEST_PLAN_H
#define LOADER_TEST_PLAN_H

#include <stdbool.h>
#include <stdint.h>

#include "shim/schedule.h"

struct fx_plan {
	uint64_t first, seeds;	/* of all shards together; seeds 0: without end */
	unsigned shard, shards; /* 1 to shards */
};

/*
 * The i-th seed of this shard, from 0; false: there is none any more. Shards take turns, so each
 * seed is of one of them, all have equally many but for one, and any beginning is a fair sample.
 */
bool fx_plan_seed(const struct fx_plan *plan, uint64_t i, uint64_t *seed);

/*
 * Where threads can be interrupted in the run of a seed, if `asked` is a mix: half of all seeds at
 * accesses, three eighths at atomics, one at calls alone. More points find more, but what needs
 * few is found later among many.
 */
enum fx_points fx_plan_points(enum fx_points asked, uint64_t seed);

/* How many there are for this shard; 0: without end. */
uint64_t fx_plan_count(const struct fx_plan *plan);

#endif
