/* SPDX-License-Identifier: MIT */
/* A schedule that fails with as few switches as still make it fail. */
#ifndef LOADER_TEST_SHRINK_H
#define LOADER_TEST_SHRINK_H

#include "loader/test/replay_file.h"
#include "loader/test/test_options.h"
#include "loader/test/workers.h"

/*
 * Looks for the schedule with the fewest preemptions that fails in the way of the file's
 * (reduce.h), writes it to a file, and tells its story. That takes five minutes or 3000 runs at
 * most; SIGINT ends it with what is known. `from` is the directory that names of files are told
 * from. The exit status: 1 if it fails, 0 if already the whole schedule passes, or of enum
 * fx_exit_status.
 */
int fx_shrink(struct fx_workers *workers, const struct fx_replay *replay,
	      const struct fx_test_options *options, const char *from);

#endif
