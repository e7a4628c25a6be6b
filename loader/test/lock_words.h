/* SPDX-License-Identifier: MIT */
/* A circle of locks in words: what it is, then a line for each of its threads. */
#ifndef LOADER_TEST_LOCK_WORDS_H
#define LOADER_TEST_LOCK_WORDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "loader/test/lock_order.h"
#include "loader/test/schedule_file.h"

/*
 * Asks fxbox-report for names; lines are cut at size. The key is the same where functions and words
 * are, whatever threads and addresses are. False: it could not answer.
 */
bool fx_lock_words(const struct fx_schedule_file *file, const struct fx_lock_circle *circle,
		   char *what, size_t size, uint64_t *key);

#endif
