/* SPDX-License-Identifier: MIT */
/*
 * The options of `fxbox test`: its own, and those of `fxbox run` that are passed on to each run.
 */
#ifndef LOADER_TEST_OPTIONS_H
#define LOADER_TEST_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "loader/refusal.h"
#include "shim/schedule.h"

#define FX_EXPECT_ANY (-1)

/* What the user chose. Strings are borrowed from argv. */
struct fx_test_options {
	uint64_t first, seeds; /* of so many; 0: as many as time allows */
	uint64_t time_ms;      /* 0: until all seeds are done */
	unsigned jobs;	       /* at once; 0: as there are processors */
	enum fx_strategy strategy;
	unsigned depth;
	enum fx_points points;
	bool points_given;
	int expect; /* status of a run that passes; 128 and more: by a signal; FX_EXPECT_ANY */
	bool output_same;
	bool lock_order;
	uint64_t timeout_ms; /* of real time, for one run */
	uint64_t budget;     /* events of one run; 0: by what the first run needs */
	const char *keep;    /* directory for replay files; NULL: the default */
	const char *junit, *json;
	unsigned shard, shards; /* the shard-th of shards, from 1 */
	bool no_tmp;
	bool no_snapshot;
	const char *replay; /* a file */
	const char *output; /* where --shrink writes; NULL: beside it */
	bool shrink, stop;
	bool help;
	bool no_confine;
	char **passed; /* for fxbox run, words; allocated and never freed */
	size_t passes;
	char **program; /* ends with NULL; empty if none was named */
};

struct fx_test_option {
	const char *name;
	const char *arg; /* what it has to be, in words or as choices with '|'; NULL: takes none */
	bool (*set)(struct fx_test_options *options, const char *arg);
};

/* Its own; ends with an entry whose name is NULL. */
extern const struct fx_test_option fx_test_option_table[];

/* Whether an option of `fxbox run` is passed on to each run. */
bool fx_test_passes(const char *name);

/*
 * Parses argv[1] and on, up to `--` or the first word that is no option. 0, or -1 with *why
 * filled: an option that is unknown, an argument that is none, options that contradict each other.
 */
int fx_test_options_parse(int argc, char **argv, struct fx_test_options *options,
			  struct fx_refusal *why);

#endif
