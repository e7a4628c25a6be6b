/* SPDX-License-Identifier: MIT */
/*
 * Whether the threads of a run could have come to wait for each other's locks in a circle, though
 * they did not (ADR 37).
 */
#ifndef LOADER_TEST_LOCK_ORDER_H
#define LOADER_TEST_LOCK_ORDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "loader/test/schedule_file.h"

#define FX_CIRCLE_MOST 5 /* threads in it */

struct fx_lock_taken {
	uint64_t lock;
	uint64_t caller, outer; /* as of struct fx_use; 0: not known */
	bool reads;
};

/* Each wants what the next has, the last what the first has. */
struct fx_lock_circle {
	size_t count; /* 0: there is none */
	struct fx_lock_wait {
		unsigned thread;
		struct fx_lock_taken has, wants;
	} wait[FX_CIRCLE_MOST];
};

enum fx_lock_answer {
	FX_LOCKS_IN_ORDER,
	FX_LOCKS_CIRCLE,
	FX_LOCKS_TOO_MANY, /* uses, or threads, to be looked through */
	FX_LOCKS_FAILED,   /* fxbox-report cannot answer, or no memory */
};

/*
 * A circle of few threads, with no lock that two of them have at that moment, and each of them able
 * to come to its place before any other has gone on from its own. Of a run that was ordered to note
 * uses.
 */
enum fx_lock_answer fx_lock_order(const struct fx_schedule_file *file,
				  const struct fx_outcome *outcome, struct fx_lock_circle *circle);

/* A number for it that is the same in other runs of the program. */
uint64_t fx_lock_circle_key(const struct fx_lock_circle *circle);

#endif
