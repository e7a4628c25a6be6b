/* SPDX-License-Identifier: MIT */
#ifndef LOADER_REPORT_STORY_TABLE_H
#define LOADER_REPORT_STORY_TABLE_H

#include <stdio.h>

#include "loader/report/story_read.h"

/*
 * The threads beside each other, a line for what one does at one place, from shortly before the
 * first decision on that is not the usual one. Such decisions are marked: `>` where the thread
 * could have gone on, `*` where it could not. Of a long story what is far from them is left out.
 */
void fx_story_table(const struct fx_story *story, FILE *out);

#endif
