/* SPDX-License-Identifier: MIT */
#ifndef LOADER_HELP_WORD_H
#define LOADER_HELP_WORD_H

#include <stdbool.h>
#include <string.h>

/* Whether a word asks a command for its help. */
static inline bool fx_asks_for_help(const char *word)
{
	return strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0;
}

#endif
