/* SPDX-License-Identifier: MIT */
/*
 * Logs of `fxbox run --log`, fxbox-log(5), read and added up. A log is written
 * while the program runs and may have been cut by its death, and whoever wrote
 * it may have been hostile: nothing in it is trusted beyond its own contents.
 */
#ifndef LOADER_REPORT_LOG_READ_H
#define LOADER_REPORT_LOG_READ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "loader/refusal.h"

struct json_object;

#define FX_LOG_LINE_MOST (1 << 20) /* bytes of a line, without its end; `hang` has the longest */
#define FX_LOG_HANGS	 16	   /* more of them are counted */

enum fx_log_kind { FX_LOG_UNSUPPORTED, FX_LOG_REFUSED, FX_LOG_DENIED, FX_LOG_USED, FX_LOG_KINDS };

/* As in the log's member `type`. */
extern const char *const fx_log_kind_names[FX_LOG_KINDS];

/*
 * All calls of one kind, name, what and path: wherever they were made. A used one with a what
 * is a sub-operation, and its calls are among those of the entry without.
 */
struct fx_log_entry {
	enum fx_log_kind kind;
	struct json_object *first; /* the record that told of it first */
	const char *name;	   /* these are of first */
	const char *what;	   /* NULL: the whole call */
	const char *path;	   /* NULL, or what was denied */
	const char *site;	   /* file+offset or address; of the first caller */
	const char *answer;	   /* errno, or NULL */
	int64_t nr;
	uint64_t calls;	  /* 0: not known */
	unsigned threads; /* 0: not known; one that is known to make more calls counts once */
	bool more_threads;
	int64_t *tid; /* of those that are known by number */
	size_t tids;
};

/* What --only did not show, once for each path. */
struct fx_log_missing {
	struct json_object *first; /* the record that told of it first */
	const char *path, *advice; /* of first */
	uint64_t count;		   /* how often it was looked for */
};

struct fx_log {
	struct fx_log_entry *entry; /* in the order of their first records */
	size_t entries;
	struct json_object *hang[FX_LOG_HANGS]; /* records of threads that stood; in order */
	size_t hangs;
	uint64_t hangs_lost;	      /* more of them */
	struct json_object **program; /* paths, in order, each once */
	size_t programs;
	struct fx_log_missing *missing; /* in the order of their first records */
	size_t missings;
	uint64_t processes;
	uint64_t unended;	/* of these: without an exit record, so without their last counts */
	uint64_t uncounted;	/* repeats that were not counted, as the log itself says */
	uint64_t subs_lost;	/* calls whose sub-operations were not told apart */
	uint64_t cut;		/* logs whose last line is not whole */
	bool has_used;		/* there are used records */
	bool has_calls;		/* there are call records, of --trace */
	bool net, unix_sockets; /* a run could connect such */
	struct json_object *start; /* the first start record */

	/* The reader's own. */
	struct fx_log_point *point;
	size_t points;
	struct fx_log_process *process;
	size_t process_slots;
};

/* Called for each record in order; the object is the reader's. NULL for no interest. */
typedef void fx_log_visit(void *context, struct json_object *record);

void fx_log_init(struct fx_log *log);
/* Adds a file ("-": standard input). 0, or -1 with *why; what was read until then is in *log. */
int fx_log_read(struct fx_log *log, const char *path, fx_log_visit *visit, void *context,
		struct fx_refusal *why);
/* The same from memory. The name is for messages. */
int fx_log_read_text(struct fx_log *log, const char *name, const char *text, size_t size,
		     fx_log_visit *visit, void *context, struct fx_refusal *why);
void fx_log_free(struct fx_log *log);

/* One more element, all zero, for an array of so many; ends the process if there is no memory. */
void *fx_log_grow(void *array, size_t count, size_t size);

/* No time since 1970 in microseconds is later: integers up to here are exact as doubles. */
#define FX_LOG_TIME_MAX (1LL << 52)

/* Members of a record: a string or NULL, an integer or the value for none. */
const char *fx_log_string(struct json_object *record, const char *member);
int64_t fx_log_int(struct json_object *record, const char *member, int64_t none);

/* The one of the same kind, name, what and path; NULL if there is none. */
struct fx_log_entry *fx_log_find(const struct fx_log *log, const struct fx_log_entry *like);
/* That of the whole call. */
struct fx_log_entry *fx_log_find_call(const struct fx_log *log, enum fx_log_kind kind,
				      const char *name);

#endif
