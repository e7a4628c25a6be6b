/* SPDX-License-Identifier: MIT */
/* What the log of a run says of its hang or crash: in a line for a person, and as a key. */
#ifndef LOADER_TEST_HANG_WORDS_H
#define LOADER_TEST_HANG_WORDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FX_HANG_WORDS 400 /* room for the line */

/*
 * log: JSON Lines, fxbox-log(5); the last `hang` record is read. The line names threads, what they
 * wait for, and the functions that they are in; the key is the same where names of functions and of
 * words are, whatever numbers and addresses are. False: there is no such record, or it says
 * nothing.
 */
bool fx_hang_words(const char *log, char what[static FX_HANG_WORDS], uint64_t *key);

#endif
