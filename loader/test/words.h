/* SPDX-License-Identifier: MIT */
/* Names for numbers of a schedule, as files and people have them. */
#ifndef LOADER_TEST_WORDS_H
#define LOADER_TEST_WORDS_H

#include <stddef.h>
#include <stdint.h>

/* Never NULL: of a number that has no name, "?". */
const char *fx_strategy_word(unsigned strategy);
const char *fx_points_word(unsigned points);
const char *fx_why_word(unsigned why);
const char *fx_end_word(unsigned end);

/* The number of a name, or -1. */
int fx_strategy_of(const char *word);
int fx_points_of(const char *word);
int fx_why_of(const char *word);

/* What one bit of enum fx_unforeseen says, as the end of "the schedule is not all: "; or NULL. */
const char *fx_unforeseen_word(uint32_t bit);

/* The same of enum fx_unsound, as the end of "no copy of its beginning would do: ". */
const char *fx_unsound_word(uint32_t bit);

#endif
