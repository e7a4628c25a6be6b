/* SPDX-License-Identifier: MIT */
/* Replay files of what failed. */
#ifndef LOADER_TEST_KEEP_H
#define LOADER_TEST_KEEP_H

#include "loader/test/group.h"
#include "loader/test/test_options.h"
#include "loader/test/verdict.h"

/* What all runs of a test had in common. */
struct fx_keeping {
	const struct fx_test_options *options;
	struct fx_wanted wanted;
	uint64_t budget;
	bool tmp;
};

/*
 * Writes the group's sample to a file in the directory that is asked for, which is made. Its name
 * for free(); NULL: it could not be written, which was said on standard error.
 */
char *fx_keep(const struct fx_keeping *how, const struct fx_group *group);

#endif
