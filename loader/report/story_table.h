/* SPDX-License-Identifier: MIT */
#ifndef LOADER_REPORT_STORY_TABLE_H
#define LOADER_REPORT_STORY_TABLE_H

#include <stdio.h>

#include "loader/report/story_read.h"

/*
 * The threads beside each other, a line for each event from shortly before the first decision of
 * the list on, `>` before those after which the list had another thread go on. Equal lines in a row
 * are one.
 */
void fx_story_table(const struct fx_story *story, FILE *out);

#endif
