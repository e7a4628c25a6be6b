/* SPDX-License-Identifier: MIT */
/* What is said of a process in one line where the report of its threads cannot be had. */
#ifndef SHIM_NO_REPORT_H
#define SHIM_NO_REPORT_H

#include "shim/thread_dump.h"

/* Behind the process's name and number, and before what is missing. */
static inline const char *fx_no_report(enum fx_dump_reason reason)
{
	switch (reason) {
	case FX_DUMP_STUCK:
		return "is stuck: all its threads wait, and nothing can wake them; where cannot be told: ";
	case FX_DUMP_STUCK_SOFT:
		return "may be stuck: all its threads wait, and only a signal's handler can wake them; "
		       "where cannot be told: ";
	case FX_DUMP_CYCLE:
		return "has threads that wait for each other; where cannot be told: ";
	default:
		return "was to say where its threads are; where cannot be told: ";
	}
}

#endif
