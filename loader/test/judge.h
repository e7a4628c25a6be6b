/* SPDX-License-Identifier: MIT */
/* A run that has ended, measured by what was wanted, and described if it failed. */
#ifndef LOADER_TEST_JUDGE_H
#define LOADER_TEST_JUDGE_H

#include "loader/test/group.h"
#include "loader/test/verdict.h"
#include "loader/test/workers.h"

/* A hash of what it printed, and its end, for free(): NULL without memory. */
uint64_t fx_judge_output(const struct fx_run *run, char **tail);

/*
 * The run's verdict. Where it failed *failure is filled, which owns copies of what it did; else
 * nothing is.
 */
struct fx_verdict fx_judge(const struct fx_run *run, const struct fx_wanted *wanted,
			   struct fx_failure *failure);

/* What its log says of a hang or crash, if it was ordered to tell. */
bool fx_judge_words(const struct fx_run *run, char what[static FX_HANG_WORDS], uint64_t *key);

#endif
