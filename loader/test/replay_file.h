/* SPDX-License-Identifier: MIT */
/*
 * A failure as a file: a JSON document with all that is needed to run that very schedule again, on
 * this machine or another; docs/fxbox-replay.schema.json.
 */
#ifndef LOADER_TEST_REPLAY_FILE_H
#define LOADER_TEST_REPLAY_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "loader/refusal.h"
#include "loader/test/schedule_file.h"
#include "loader/test/verdict.h"

struct fx_replay {
	char **program, **options; /* end with NULL; options are words for fxbox run */
	const char *directory;	   /* where it was run */
	const char *fxbox;	   /* the version that wrote it */
	const char *commit;	   /* and what that was built from; empty: not known */
	uint64_t seed;
	enum fx_strategy strategy; /* by which it was found */
	unsigned depth;
	enum fx_points points;
	uint64_t budget, timeout_ms;
	bool tmp;
	int expect;
	bool output_same;
	uint64_t output; /* of the first run, to compare with */
	struct fx_verdict verdict;
	const char *what; /* or empty */
	enum fx_schedule_end end;
	uint64_t events, threads, hash;
	struct fx_decision *decisions;
	size_t count;
	void *document; /* that it borrows from, once read */
};

/* What this fxbox was built from, as its main says: for the files that it writes. */
extern const char *fx_replay_commit;

/* 0, or -1 and errno. What is there is replaced; a symbolic link is not followed. */
int fx_replay_write(const struct fx_replay *replay, const char *path);

/*
 * 0, or -1 with *why filled: cannot be read, is damaged, is none, or of a later version. Free it
 * with fx_replay_free.
 */
int fx_replay_read(struct fx_replay *replay, const char *path, struct fx_refusal *why);
void fx_replay_free(struct fx_replay *replay);

#endif
