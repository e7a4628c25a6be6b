/* SPDX-License-Identifier: MIT */
/*
 * Failures of the same bug together: first by what they look like from outside (signature.h), then
 * by what a closer look at one of each says.
 */
#ifndef LOADER_TEST_GROUP_H
#define LOADER_TEST_GROUP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "loader/test/hang_words.h"
#include "loader/test/refused_calls.h"
#include "loader/test/schedule_file.h"
#include "loader/test/verdict.h"

#define FX_FAILURES_MOST 256  /* kinds that are told apart from outside */
#define FX_GROUP_SEEDS	 16   /* that are named of each */
#define FX_FAILURE_WORDS 1200 /* room for what is told of one, in lines */
#define FX_OUTPUT_TAIL	 2000 /* bytes that are kept of what a run printed */

/* Runs that look the same, and the one with the lowest seed of them. */
struct fx_failure {
	uint64_t signature, count;
	uint64_t seeds[FX_GROUP_SEEDS]; /* the lowest, in order */
	size_t seeds_count;
	struct fx_verdict verdict;
	struct fx_order order;
	struct fx_outcome outcome;
	struct fx_decision *decisions; /* outcome.decisions many; owned */
	char *output;		       /* the end of it; owned */
	uint64_t output_hash;
};

enum fx_again { FX_AGAIN_NOT_TRIED, FX_AGAIN_SAME, FX_AGAIN_SAME_KIND, FX_AGAIN_PASSES };

/* What is told as one. */
struct fx_group {
	uint64_t key, count;
	uint64_t seeds[FX_GROUP_SEEDS];
	size_t seeds_count;
	struct fx_verdict verdict;
	char what[FX_FAILURE_WORDS];	 /* empty: no more is known than the verdict */
	char refused[FX_REFUSED_WORDS];	 /* what fxbox did not let the sample do, in lines */
	const struct fx_failure *sample; /* NULL: of a result that was read */
	enum fx_again again;		 /* what became of it when its decisions were followed */
	char *replay;			 /* the file, owned; NULL: none */
	char *output; /* the end of what the sample printed, owned; NULL: nothing */
};

struct fx_failures {
	struct fx_failure failure[FX_FAILURES_MOST];
	size_t count;
	uint64_t all;		       /* runs that failed */
	uint64_t of[FX_VERDICT_KINDS]; /* by kind */
	uint64_t unsorted;	       /* of them in no failure[], for there was no room */
};

struct fx_groups {
	struct fx_group group[FX_FAILURES_MOST];
	size_t count;
};

/*
 * Adds a run that failed. It becomes the sample of its like if its seed is the lowest: then
 * decisions and output, which are for free(), are kept. Takes both in any case.
 */
void fx_failures_add(struct fx_failures *all, const struct fx_failure *one);
void fx_failures_free(struct fx_failures *all);

/*
 * The group with that key, or a new one, which then has to be given a sample or a file. NULL: there
 * are too many.
 */
struct fx_group *fx_groups_of(struct fx_groups *groups, const struct fx_verdict *verdict,
			      uint64_t key, const char *what);
/* Adds so many runs, of which these seeds are known, in order. */
void fx_group_add(struct fx_group *group, uint64_t count, const uint64_t *seeds, size_t known);
/* The most frequent first. */
void fx_groups_sort(struct fx_groups *groups);
void fx_groups_free(struct fx_groups *groups);

#endif
