/* SPDX-License-Identifier: MIT */
/* What one step of a story says: what was done, and where. */
#ifndef LOADER_REPORT_STORY_WORDS_H
#define LOADER_REPORT_STORY_WORDS_H

#include "loader/report/story_read.h"

#define FX_STORY_WORD  60
#define FX_STORY_PLACE 120

struct fx_story_words {
	char what[FX_STORY_WORD];   /* a call, a function of a library, "reads", "sleeps" */
	char place[FX_STORY_PLACE]; /* "transfer bank.c:12"; or "libc.so.6"; or empty */
	bool own;		    /* a line of the program that has lines is told */
	bool dull; /* an access in a library that has no name for it: of use only beside others */
};

/* Of the i-th step. */
void fx_story_words(const struct fx_story *story, size_t i, struct fx_story_words *to);

/* A name of C++ without the arguments of its templates and its parameters; in place. */
void fx_story_short(char *name);

#endif
