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
 * The run's verdict; if locks were asked for, what is known of them is kept in the run. Where it
 * failed *failure is filled, which owns copies of what it did; else nothing is.
 */
struct fx_verdict fx_judge(struct fx_run *run, const struct fx_wanted *wanted,
			   struct fx_failure *failure);

/* What is known of a circle of locks; or what its log says of a hang or crash, if it was ordered to
 * tell. False: no more than the verdict.
 */
bool fx_judge_words(const struct fx_run *run, char what[static FX_FAILURE_WORDS], uint64_t *key);

/* What fxbox did not let it do, as its log says; empty: nothing, or it was not ordered to tell. */
void fx_judge_refused(const struct fx_run *run, char lines[static FX_REFUSED_WORDS]);

#endif
