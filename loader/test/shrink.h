/* SPDX-License-Identifier: MIT */
/* A schedule that fails with as few switches as still make it fail. */
#ifndef LOADER_TEST_SHRINK_H
#define LOADER_TEST_SHRINK_H

#include "loader/test/replay_file.h"
#include "loader/test/test_options.h"
#include "loader/test/workers.h"

/*
 * Leaves decisions out of the file's schedule until each is needed for the same kind of failure,
 * writes what is left to a file, and tells its story. The exit status: 1 if it fails, 0 if already
 * the whole schedule passes, or of enum fx_exit_status.
 */
int fx_shrink(struct fx_workers *workers, const struct fx_replay *replay,
	      const struct fx_test_options *options);

#endif
