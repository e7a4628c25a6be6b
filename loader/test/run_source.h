/* SPDX-License-Identifier: MIT */
/* Runs that are copies of a source (source.h): which it is, its begin and its end. */
#ifndef LOADER_TEST_RUN_SOURCE_H
#define LOADER_TEST_RUN_SOURCE_H

#include <stdbool.h>

#include "loader/refusal.h"
#include "loader/test/workers.h"

/* What a run that has its order can be a copy of; NULL: it is a whole run. */
struct fx_source *fx_run_source(const struct fx_workers *w, struct fx_run *run);

/* Starts run->of. 0, or -1 with *why filled. */
int fx_run_source_begin(struct fx_workers *w, struct fx_run *run, struct fx_refusal *why);

/*
 * Waits for the end of a source: it ends when nobody is there to give orders; unless it was
 * stopped, with its group. As fx_source_gone.
 */
bool fx_run_source_end(struct fx_source *s);

#endif
