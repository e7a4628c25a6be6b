/* SPDX-License-Identifier: MIT */
/*
 * What a `hang` record of a log says, fxbox-log(5). The record may be anybody's: a member that is
 * missing or of another type reads as nothing. Strings live as long as the record.
 */
#ifndef LOADER_REPORT_HANG_READ_H
#define LOADER_REPORT_HANG_READ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct json_object;

/* A line of a stack, of the program's own functions. */
struct fx_hang_row {
	const char *function; /* NULL: not known */
	const char *file;     /* base name; NULL: not known */
	int64_t line;	      /* of file */
	const char *address;  /* of the program counter; NULL: not known */
	bool handler;	      /* the kernel's call of a signal handler */
	bool guessed;	      /* found by a search of the stack */
};

/* What was so, and of whom, as a sentence without its end; never NULL. */
const char *fx_hang_head(struct json_object *hang);

/* An array's elements; those that are no objects are NULL. */
size_t fx_hang_count(struct json_object *record, const char *array);
struct json_object *fx_hang_at(struct json_object *record, const char *array, size_t i);

/* The first thread with this number, or NULL. */
struct json_object *fx_hang_thread(struct json_object *hang, int64_t tid);
/* The thread that a finding has in this place, or NULL. */
struct json_object *fx_hang_named(struct json_object *hang, struct json_object *finding, size_t i);
/* Of the threads, innermost first; returns how many, `most` at most. */
size_t fx_hang_rows(struct json_object *thread, struct fx_hang_row *row, size_t most);
/* An object inside an object, or NULL. */
struct json_object *fx_hang_member(struct json_object *record, const char *member);

#endif
