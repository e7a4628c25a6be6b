/* SPDX-License-Identifier: MIT */
/*
 * Schedules tried out, several at once: whether they fail as that of a file does, which is to say
 * by the same verdict and by the same signature, or what a closer look says is the same.
 */
#ifndef LOADER_TEST_TRIAL_H
#define LOADER_TEST_TRIAL_H

#include "loader/test/group.h"
#include "loader/test/reduce.h"
#include "loader/test/replay_file.h"
#include "loader/test/workers.h"

#define FX_LOOKS_MOST 48 /* closer looks: each takes some tenths of a second */

struct fx_trial {
	struct fx_workers *w;
	const struct fx_replay *r;
	struct fx_wanted wanted;
	uint64_t signature, key; /* of the file's failure */
	bool known;		 /* the key is; else there is only the signature */
	char what[FX_FAILURE_WORDS];
	struct {
		uint64_t signature;
		bool alike;
	} looked[FX_LOOKS_MOST];
	unsigned looks;
	uint64_t runs, runs_most, until_us, told_us;
	struct fx_cost before, now; /* of the file's schedule; of the cheapest so far */
	bool interrupted;
	struct fx_refusal why; /* a run could not be made */
};

/* The order of a run that follows these decisions. */
struct fx_order fx_trial_order(const struct fx_trial *t, const struct fx_list *list);

/*
 * Runs the file's own schedule, and puts into *list, which has room for them, those of its
 * decisions that are not the usual ones. 1: it fails as the file says; 0: it does not; -1: it could
 * not be run, t->why.
 */
int fx_trial_begin(struct fx_trial *t, struct fx_list *list);

/* An fx_try. */
bool fx_trial_try(void *trial, struct fx_list *candidate, unsigned count);

/* Runs that schedule, as a replay does, so many times: how many failed, by the same run each. */
unsigned fx_trial_again(struct fx_trial *t, const struct fx_list *list, unsigned times);

#endif
