/* SPDX-License-Identifier: MIT */
/* A whole test: a plain run, runs of all seeds, and a closer look at what failed. */
#ifndef LOADER_TEST_SESSION_H
#define LOADER_TEST_SESSION_H

#include "loader/test/result.h"
#include "loader/test/test_options.h"

/* Stands in for fxbox itself as what runs a program: for tests of this part alone. NULL: none. */
extern const char *fx_test_runner;

/*
 * Fills *result, for fx_result_free, and writes replay files. 0, or -1 with *why filled: the
 * program cannot be run (status 126 or 127), or fxbox cannot run it so. Takes as long as it takes,
 * but ends soon after SIGINT or SIGTERM with what is known.
 */
int fx_session(const struct fx_test_options *options, struct fx_result *result,
	       struct fx_refusal *why);

#endif
