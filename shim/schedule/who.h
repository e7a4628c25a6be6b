/* SPDX-License-Identifier: MIT */
/* Who there is: the threads that take turns, what each sleeps for, and who could go on. Inside
 * schedule/; whoever has the turn may touch it. */
#ifndef SHIM_SCHEDULE_WHO_H
#define SHIM_SCHEDULE_WHO_H

#include <stdbool.h>
#include <stdint.h>

#include "shim/schedule.h"
#include "shim/schedule/nap.h"
#include "shim/schedule/policy.h"

struct fx_thread;

enum fx_turn_state { FX_TURN_FREE, FX_TURN_MADE, FX_TURN_READY, FX_TURN_ASLEEP };

/* A record of the schedule's own, since the blocks of threads are used again. */
struct fx_turn {
	uint32_t go;   /* the futex that it waits on for the baton: 1 if it has been given */
	uint8_t state; /* enum fx_turn_state */
	bool woke;     /* has done something that lets others go on */
	bool tells;    /* that nobody can go on */
	bool tries;    /* somebody has sent a signal since it fell asleep */
	int result;    /* of its sleep */
	struct fx_thread *t;
	const struct fx_nap *nap; /* while it sleeps */
};

extern struct fx_turn fx_turn[FX_SCHEDULE_THREADS];
extern unsigned fx_turns_made; /* numbers that were ever given, up to the most there are */
extern struct fx_policy fx_turn_policy;

static inline unsigned fx_turn_number(const struct fx_turn *r)
{
	return (unsigned)(r - fx_turn);
}

/* Nobody has looked at others than our threads since now. */
void fx_who_begin(void);

/* It goes on when its turn comes, with this result. */
void fx_who_wakes(struct fx_turn *r, int result);

/*
 * Those who could go on, at least one, in the order of their numbers: who is ready, who others have
 * made ready, whose time comes. self has come to an event, and may be asleep or at its end. May
 * wait in the host, if only others than our threads can let one go on. If nobody ever can, one of
 * those who sleep is to tell so.
 */
unsigned fx_who_could(struct fx_turn *self, struct fx_candidate *c);

#endif
