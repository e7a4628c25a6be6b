/* SPDX-License-Identifier: MIT */
/*
 * The file by which a scheduled run is told what to do, and tells what came of it: a memfd with a
 * struct fx_schedule and the lists behind it (shim/schedule.h).
 *
 * The program that ran could write there, so all that is read is a copy, and checked.
 */
#ifndef LOADER_TEST_SCHEDULE_FILE_H
#define LOADER_TEST_SCHEDULE_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "shim/schedule.h"

/* What one run is to do. `follow` is borrowed for as long as the order is used. */
struct fx_order {
	uint64_t seed;
	uint64_t likely;       /* choices of such a run; 0: not known */
	uint64_t likely_met;   /* those where threads meet */
	const uint64_t *meets; /* where that is: fx_schedule's; NULL: not known */
	uint64_t budget;       /* events, after which it is a livelock; 0: none */
	enum fx_strategy strategy;
	unsigned depth; /* of PCT */
	enum fx_points points;
	const struct fx_decision *follow; /* REPLAY: in any order */
	size_t follows;
	bool loose; /* what of them cannot be followed is replaced or left out */
	bool stop;  /* before it ends */
	bool told;  /* with a log that tells of a hang or a crash: takes half a second more */
	bool uses;  /* of words are noted, for orders of locks */
};

struct fx_schedule_file {
	int fd; /* -1: none */
	struct fx_schedule *map;
	size_t size;
	uint64_t follow_room, uses_room;
};

/* What came of a run: copies, but of the steps and decisions only the number. */
struct fx_outcome {
	enum fx_schedule_end end;
	enum fx_points points; /* that there were: fewer than asked for, if it cannot have them */
	uint32_t unforeseen;   /* enum fx_unforeseen */
	uint32_t unsound;      /* enum fx_unsound */
	uint64_t choices, met; /* of a plain run: schedule.h */
	uint64_t events, switches, hash, decisions, followed, steps, threads, strayed_at, now_ns;
	enum fx_stray strayed;		 /* 0: not */
	struct fx_decision strayed_from; /* what should have been done there */
	uint64_t uses;			 /* also those that did not fit */
};

/*
 * Makes the memfd, with room for that many decisions to follow, and for uses of words. 0, or -1
 * with errno: ENOMEM, EMFILE. Close it with fx_schedule_file_close.
 */
int fx_schedule_file_make(struct fx_schedule_file *file, uint64_t follow_room, bool uses);
void fx_schedule_file_close(struct fx_schedule_file *file);

/* Writes the order, and makes the rest empty. False: it has more to follow than there is room. */
bool fx_schedule_file_order(struct fx_schedule_file *file, const struct fx_order *order);

/* What the run wrote; numbers that cannot be are cut. */
void fx_schedule_file_outcome(const struct fx_schedule_file *file, struct fx_outcome *out);

/* Whether the program has come to any event. */
bool fx_schedule_file_begun(const struct fx_schedule_file *file);

/* Whether it says how it ended; and that, as of waitpid(2), if it does. */
bool fx_schedule_file_ended(const struct fx_schedule_file *file);
void fx_schedule_file_status(const struct fx_schedule_file *file, int *status);

/* A copy of its decisions, of `outcome->decisions` elements, for free(); NULL: none, or no memory.
 */
struct fx_decision *fx_schedule_file_decisions(const struct fx_schedule_file *file,
					       const struct fx_outcome *outcome);

/*
 * A copy of what is told of words, of *count elements, for free(). NULL: none was asked for, there
 * were more than there was room for, or no memory.
 */
struct fx_use *fx_schedule_file_uses(const struct fx_schedule_file *file,
				     const struct fx_outcome *outcome, size_t *count);
/* What was mapped, as /proc/self/maps has it, with a NUL; for free(). NULL: not told, no memory. */
char *fx_schedule_file_maps(const struct fx_schedule_file *file);

/* How many of the last steps are kept. */
uint64_t fx_schedule_file_kept(const struct fx_outcome *outcome);
/* The one before the last `back`: 0 is the last. False: it is not kept. */
bool fx_schedule_file_step(const struct fx_schedule_file *file, const struct fx_outcome *outcome,
			   uint64_t back, struct fx_step *step);

#endif
