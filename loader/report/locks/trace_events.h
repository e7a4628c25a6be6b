/* SPDX-License-Identifier: MIT */
/*
 * fxbox audit trace-events: a log as a file for Perfetto and Chrome (their "Trace Event Format"):
 * waits that were long and calls as slices of their threads, wakes as arrows.
 */
#ifndef LOADER_REPORT_LOCKS_TRACE_EVENTS_H
#define LOADER_REPORT_LOCKS_TRACE_EVENTS_H

#include <stdint.h>
#include <stdio.h>

#include "loader/report/futex_waits.h"
#include "loader/report/locks/locks.h"

struct json_object;

struct fx_trace_events {
	struct fx_trace_call *call; /* call records with a time */
	size_t calls;
	struct fx_trace_process *process;
	size_t processes;
};

/* A record of the log that is being read; those that have no place in it are left out. */
void fx_trace_events_add(struct fx_trace_events *t, struct json_object *record);
/* All of it as one JSON object. futexes: of the same log, settled; locks: likewise. */
void fx_trace_events_put(struct fx_trace_events *t, const struct fx_futex_waits *futexes,
			 const struct fx_locks *locks, FILE *out);
void fx_trace_events_free(struct fx_trace_events *t);

#endif
