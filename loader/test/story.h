/* SPDX-License-Identifier: MIT */
/* What the threads did, one beside the other, up to the failure. */
#ifndef LOADER_TEST_STORY_H
#define LOADER_TEST_STORY_H

#include "loader/test/workers.h"

/*
 * Prints the last steps of a run on standard output, by fxbox-report, which has names for
 * addresses. Where that is missing it is said on standard error.
 */
void fx_story(const struct fx_run *run);

#endif
