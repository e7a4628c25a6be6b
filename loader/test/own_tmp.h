/* SPDX-License-Identifier: MIT */
#ifndef LOADER_TEST_OWN_TMP_H
#define LOADER_TEST_OWN_TMP_H

#include <stdbool.h>

#include "loader/test/test_options.h"

/*
 * Whether each run is to have a /tmp of its own: if nobody said no, and neither the program, the
 * current directory nor fxbox itself lies in the /tmp that would be hidden by it.
 */
bool fx_own_tmp(const struct fx_test_options *options);

#endif
