/* SPDX-License-Identifier: MIT */
/* Which futexes were waited on for how long, of a log with `call` records. */
#ifndef LOADER_REPORT_FUTEX_WAITS_H
#define LOADER_REPORT_FUTEX_WAITS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

struct json_object;
struct fx_open_wait;

struct fx_futex_call {
	uint64_t uaddr;
	int64_t pid, tid;
	int64_t end_us;	 /* since 1970; 0: not known */
	int64_t took_us; /* 0 if it is not known */
	int64_t result;	 /* below 0: none, or it failed */
	unsigned run;	 /* of several logs; the same pid is another process in each */
	unsigned op;	 /* index into the table of operations */
	bool private;
	bool open;	  /* it never ended */
	const char *what; /* the word is of this; NULL: not known. Of an open wait */
	/* Of a wait, made by fx_futex_waits_settle: see wakers.h. */
	size_t by; /* the call that ended it, or FX_WAKER_UNKNOWN */
	size_t candidates;
};

struct fx_futex_waits {
	struct fx_futex_call *call;
	size_t calls;
	size_t open; /* of these */
};

/* A record of the log that is being read, number run; those of other calls are left out. */
void fx_futex_waits_add(struct fx_futex_waits *w, unsigned run, struct json_object *record);
/* A wait that never ended, which has to live as long. Those for no futex are left out. */
void fx_futex_waits_add_open(struct fx_futex_waits *w, const struct fx_open_wait *o);
/* When all is added, before the rest: sorts them, and finds out who ended which wait. */
void fx_futex_waits_settle(struct fx_futex_waits *w);
/* The section of the page. */
void fx_futex_waits_put(struct fx_futex_waits *w, FILE *out);
void fx_futex_waits_free(struct fx_futex_waits *w);

#endif
