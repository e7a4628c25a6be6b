/* SPDX-License-Identifier: MIT */
/* The runs before those of the seeds, and what they tell of these. */
#ifndef LOADER_TEST_PLAIN_H
#define LOADER_TEST_PLAIN_H

#include <stdbool.h>
#include <stdint.h>

#include "loader/refusal.h"
#include "loader/test/group.h"
#include "loader/test/judge.h"
#include "loader/test/meets.h"
#include "loader/test/result.h"
#include "loader/test/test_options.h"
#include "loader/test/workers.h"

struct fx_plain {
	const struct fx_test_options *o; /* borrowed, as what follows */
	struct fx_result *r;
	struct fx_workers *workers;
	struct fx_failures *failures;
	/* What is found: */
	struct fx_wanted wanted;				   /* .expect is the caller's */
	enum fx_points points;					   /* at first the caller's */
	uint64_t likely[FX_POINTS_MIX], likely_met[FX_POINTS_MIX]; /* of a plain run, by points */
	struct fx_meets meets;
	bool meets_known;
	uint64_t budget, hash; /* of the plain run */
};

/*
 * Runs the program by the plain schedule, at each kind of points that seeds will have, and a few
 * times more to see where its threads meet. 1: it passed; 0: it failed, which is noted in failures;
 * -1 with *why filled.
 */
int fx_plain_runs(struct fx_plain *s, struct fx_refusal *why);

#endif
