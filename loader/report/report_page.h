/* SPDX-License-Identifier: MIT */
/*
 * The page of fxbox report: logs, read once, as one HTML file that needs
 * nothing else. It has no scripts, and its content policy forbids them, so that a
 * log of a hostile program stays text.
 */
#ifndef LOADER_REPORT_REPORT_PAGE_H
#define LOADER_REPORT_REPORT_PAGE_H

#include <stdbool.h>
#include <stdio.h>

#include "loader/refusal.h"
#include "loader/report/futex_waits.h"
#include "loader/report/locks/lock_log.h"
#include "loader/report/log_read.h"
#include "loader/report/open_waits.h"
#include "loader/report/timeline.h"

struct fx_report {
	struct fx_log log;
	struct fx_timeline timeline;
	struct fx_futex_waits futexes;
	struct fx_open_waits open;
	struct fx_lock_log locks;
	struct fx_report_run *run; /* one a log */
	unsigned runs;
};

void fx_report_init(struct fx_report *r);
/* One more log; '-' is standard input. Returns 0, or -1 with *why filled. */
int fx_report_read(struct fx_report *r, const char *path, struct fx_refusal *why);
/* The same from memory. The name is for messages. */
int fx_report_read_text(struct fx_report *r, const char *name, const char *text, size_t size,
			struct fx_refusal *why);
void fx_report_put(struct fx_report *r, FILE *out);
void fx_report_free(struct fx_report *r);

/* report_style.c: its style sheet. */
extern const char fx_report_style[];

#endif
