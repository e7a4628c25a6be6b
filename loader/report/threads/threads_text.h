/* SPDX-License-Identifier: MIT */
/* The report of threads for a person: as much as fits a screen, unless all is asked for. */
#ifndef LOADER_REPORT_THREADS_THREADS_TEXT_H
#define LOADER_REPORT_THREADS_THREADS_TEXT_H

#include <stdbool.h>
#include <stdio.h>

#include "loader/report/threads/findings.h"
#include "loader/report/threads/holds.h"
#include "loader/report/threads/threads.h"

struct fx_threads_view {
	const struct fx_threads *threads;
	const struct fx_findings *findings;
	const struct fx_holds *holds;
	const char *name; /* of the dump: for a process that has none */
	bool all_frames;
	bool colour;
};

/* Writes the report; errors are the stream's. */
void fx_threads_text(const struct fx_threads_view *v, FILE *out);

#endif
