/* SPDX-License-Identifier: MIT */
/* What the threads of a run did when: a picture and a table, a section of the page. */
#ifndef LOADER_REPORT_TIMELINE_H
#define LOADER_REPORT_TIMELINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

struct json_object;
struct fx_open_wait;

enum fx_event_kind {
	FX_EVENT_CALL,
	FX_EVENT_FUTEX,
	FX_EVENT_OPEN,	  /* a call that never ended */
	FX_EVENT_PROGRAM, /* begins; title is its path */
	FX_EVENT_MARK,	  /* another record that tells a moment */
	FX_EVENT_MISSED	  /* the same, of a call that was not supported, refused or denied */
};

struct fx_event {
	int64_t pid, tid;
	int64_t begin_us, took_us;
	unsigned run; /* of several logs; each begins at 0 */
	enum fx_event_kind kind;
	char *title; /* owned; NULL if there are more than are drawn one by one */
};

/* One thread ended another's wait. */
struct fx_wake {
	unsigned run;
	int64_t pid, by_tid, tid;
	int64_t at_us, end_us; /* when the wake began; when the wait had ended */
};

/* A thread: its events are event[first] and on, by time. */
struct fx_lane {
	size_t first, events;
	int64_t pid, tid;
	unsigned run;
	const char *program; /* NULL: not known; of an event */
	int64_t begin_us, end_us;
	int64_t process_us; /* when its process begins */
	uint64_t calls;
	bool open;			       /* one of its events is FX_EVENT_OPEN */
	int64_t busy_us, futex_us, longest_us; /* all calls; those of futexes; one */
};

struct fx_timeline {
	struct fx_event *event;
	size_t events;
	size_t calls; /* of these: call records */
	size_t open;  /* and: FX_EVENT_OPEN */
	struct fx_wake *wake;
	size_t wakes;
	uint64_t untimed; /* records whose times are missing or no times */

	/* From here on made by fx_timeline_put. */
	struct fx_lane *lane;
	size_t lanes;
	size_t shown;	 /* the first so many are drawn */
	int64_t *run_us; /* when each log begins */
	unsigned runs;
	int64_t length_us; /* of the longest */
};

/* A record of the log that is being read, number run. */
void fx_timeline_add(struct fx_timeline *t, unsigned run, struct json_object *record);
/* A call that never ended; after the records. */
void fx_timeline_add_open(struct fx_timeline *t, const struct fx_open_wait *o);
void fx_timeline_add_wake(struct fx_timeline *t, const struct fx_wake *wake);
void fx_timeline_put(struct fx_timeline *t, FILE *out);
void fx_timeline_free(struct fx_timeline *t);

/* timeline_svg.c: the picture. */
void fx_timeline_svg(const struct fx_timeline *t, FILE *out);

/* So many calls are drawn one by one; of more, what share of each moment they took. */
#define FX_EVENTS_DRAWN 2000

#endif
