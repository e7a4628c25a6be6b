/* SPDX-License-Identifier: MIT */
/* fxbox test --replay: one schedule again, also with as few switches as fail, and told. */
#ifndef LOADER_TEST_REPLAY_H
#define LOADER_TEST_REPLAY_H

#include "loader/test/test_options.h"

/* The exit status: 1 if it fails again, 0 if it passes, or of enum fx_exit_status. */
int fx_replay(const struct fx_test_options *options);

#endif
