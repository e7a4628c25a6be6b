/* SPDX-License-Identifier: MIT */
/*
 * Calls that never ended, of the logs that are read. A `call` record tells of one that has; a
 * `hang` record tells which ones threads were in. One of these has not ended if no call of its
 * thread follows.
 */
#ifndef LOADER_REPORT_OPEN_WAITS_H
#define LOADER_REPORT_OPEN_WAITS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct json_object;

struct fx_open_wait {
	unsigned run; /* of several logs; the same pid is another process in each */
	int64_t pid, tid;
	int64_t begin_us;	    /* since 1970 */
	int64_t end_us;		    /* of its process, or of the log */
	int64_t told_us;	    /* of the hang record */
	struct json_object *thread; /* of the hang record */
	bool ended;
};

struct fx_open_waits {
	struct fx_open_wait *wait; /* by run, pid and tid, each thread once */
	size_t waits;
	unsigned run;	 /* that is being read */
	int64_t last_us; /* of its records so far */
};

/* A record of the log that is being read, number run: none of a lower number follows. */
void fx_open_waits_add(struct fx_open_waits *w, unsigned run, struct json_object *record);
/* When all is read: leaves those that never ended, and knows how long they took. */
void fx_open_waits_settle(struct fx_open_waits *w);
void fx_open_waits_free(struct fx_open_waits *w);

#endif
