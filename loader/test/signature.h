/* SPDX-License-Identifier: MIT */
/*
 * What a failure looks like from outside, at no cost: two that have the same signature are taken
 * for the same bug without a closer look; two that have not may be the same all the same.
 */
#ifndef LOADER_TEST_SIGNATURE_H
#define LOADER_TEST_SIGNATURE_H

#include <stdint.h>

#include "loader/test/schedule_file.h"
#include "loader/test/verdict.h"

/*
 * Of the kind; of a hang also where its threads sleep, and on which words; of a crash also the last
 * event before it; of a crash or a status also the last line that was printed, without what looks
 * like an address or a number of a process.
 */
uint64_t fx_signature(const struct fx_verdict *verdict, const struct fx_schedule_file *schedule,
		      const struct fx_outcome *outcome, const char *output);

#endif
