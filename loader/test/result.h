/* SPDX-License-Identifier: MIT */
/* What a test came to: what is printed, written as JSON and JUnit, and added up by merge. */
#ifndef LOADER_TEST_RESULT_H
#define LOADER_TEST_RESULT_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "loader/refusal.h"
#include "loader/test/group.h"

struct fx_result {
	char *const *program;  /* ends with NULL; borrowed */
	uint64_t first, seeds; /* that were asked for, of all shards; 0: as many as time allowed */
	unsigned shard, shards;
	uint64_t done;	 /* runs, but for the plain ones */
	uint64_t failed; /* of them, or the plain one */
	uint64_t took_us;
	enum fx_strategy strategy;
	unsigned depth;
	enum fx_points points;
	uint64_t events, threads; /* of the plain run */
	uint32_t unforeseen;	  /* of any run */
	uint64_t copied;	  /* runs that were copies of one beginning: source.h */
	uint32_t unsound;	  /* why others were not, enum fx_unsound */
	uint64_t schedules;	  /* of all seeds and their hashes, in whatever order they ran */
	bool plain_failed;	  /* the plain run did: no seed was tried */
	bool alone;		  /* one thread: there is nothing to schedule */
	bool unsteady;		  /* two plain runs differed */
	bool interrupted;
	bool lock_order;		   /* was asked for */
	uint64_t locks_looked, locks_left; /* runs whose locks were looked at, or were too many */
	uint64_t unsorted;		   /* failures that are in no group */
	struct fx_groups groups;
	void *document; /* that it borrows from, once read */
};

/* A failure's words and the end of the line; what they have on further lines is indented. */
void fx_print_indented(const char *what, const char *indent, FILE *out);

/* For a person. */
void fx_result_print(const struct fx_result *result, FILE *out);

/* As JSON, docs/fxbox-test.schema.json. 0, or -1 and errno. "-" is standard output. */
int fx_result_write(const struct fx_result *result, const char *path);
/* 0, or -1 with *why filled: not there, damaged, another format or version. */
int fx_result_read(struct fx_result *result, const char *path, struct fx_refusal *why);
void fx_result_free(struct fx_result *result);

/*
 * Adds `more` to `sum`. They have to be of the same program. 0, or -1 with *why filled, which
 * `path` is in.
 */
int fx_result_merge(struct fx_result *sum, const struct fx_result *more, const char *path,
		    struct fx_refusal *why);

/* As JUnit's XML has it: one case for each kind of failure. 0, or -1 and errno. */
int fx_junit_write(const struct fx_result *result, const char *path);

#endif
