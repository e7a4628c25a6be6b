/* SPDX-License-Identifier: MIT */
/* Robust lists as an exiting thread may leave them: sound, broken, too long. */
#ifndef TESTS_DIFFERENTIAL_EXIT_LIST_H
#define TESTS_DIFFERENTIAL_EXIT_LIST_H

#include <stdint.h>

#include "tests/differential/worker.h"

/* A list for the worker, whose id comes into some words; the same for the same seed. */
struct robust_list_head *exit_list_make(const struct worker *w, uint64_t seed);

/* Records the ends of a long list, and takes the id of the dead out of all words. */
void exit_list_record(const struct worker *w);

#endif
