/* SPDX-License-Identifier: MIT */
/*
 * Who goes on. All chance of a schedule is drawn here, from the seed; nothing here knows of
 * threads but by their numbers. Takes no lock: whoever runs, runs alone.
 */
#ifndef SHIM_SCHEDULE_POLICY_H
#define SHIM_SCHEDULE_POLICY_H

#include <stdbool.h>
#include <stdint.h>

#include "shim/schedule.h"

#define FX_PCT_DEEPEST 8

struct fx_policy {
	uint64_t state;	    /* of the generator of decisions */
	uint8_t strategy;   /* what the seed has made of FX_STRATEGY_MIX */
	uint8_t rarity;	    /* of a walk: it switches once in 2^rarity events */
	bool late;	    /* a sleeper's time may come before others have done what they can: */
	uint64_t late_from; /* from this event on, ever more seldom */
	uint32_t late_times;
	uint32_t patience; /* so often who spins or yields may go on all the same */
	bool gives_way;	   /* whoever has come to this event is not to */
	bool selects;	   /* another goes on only where threads meet */
	bool gathers;	   /* a thread waits until who made it has nothing to do */
	bool by_place;	   /* one of a hundred that are alike goes on as seldom as one alone */
	uint32_t place[FX_SCHEDULE_THREADS];
	bool holds; /* one does: */
	bool held[FX_SCHEDULE_THREADS];
	uint64_t until;	       /* of choices: none is held any more */
	bool counted;	       /* this event is one of the choices */
	uint64_t choices, met; /* events with more than one candidate; and where threads meet */
	uint8_t changes;       /* of PCT: those that are left */
	uint64_t change[FX_PCT_DEEPEST];
	uint32_t priority[FX_SCHEDULE_THREADS]; /* the highest goes on */
	uint32_t lowest;			/* the next that is below all others */
	uint64_t alone;				/* events of one thread in a row */
	uint64_t own_before;			/* events of the programs that it has executed */
	uint64_t own[FX_SCHEDULE_THREADS];	/* events that a thread has come to */
	const struct fx_decision *follow;	/* of REPLAY: in the order of threads */
	uint64_t follow_count, followed;
	uint64_t at[FX_SCHEDULE_THREADS]; /* in that list, a thread's next */
	bool loose;
	enum fx_stray strayed; /* 0: not */
	uint64_t strayed_at;
	struct fx_decision strayed_from;
};

/* One who could go on. */
struct fx_candidate {
	uint16_t thread;
	bool asleep;	   /* only if its time is made to come */
	uint64_t until_ns; /* which is then */
};

struct fx_choice {
	uint64_t event;
	int self; /* the thread that has come to the event, or -1: it cannot go on */
	uint16_t from;
	enum fx_event_kind kind;
	bool yields;			      /* it spins, or says so */
	bool meets;			      /* threads meet here, as far as is known */
	const struct fx_candidate *candidate; /* in the order of their numbers */
	unsigned count;
};

/*
 * Begins behind so many events as the order has had. follow is the list of a REPLAY, in the order
 * of `from`, then `own`; it stays the caller's.
 */
void fx_policy_init(struct fx_policy *p, const struct fx_schedule *order,
		    const struct fx_decision *follow, uint64_t count);

/* A thread has been made; place: those that are made in one place of the program are alike. */
void fx_policy_thread(struct fx_policy *p, uint16_t thread, uint32_t place);

/*
 * The index of who goes on, at least one candidate there being, and in *decision all that is to be
 * known of it; its reason only if that is another thread than before.
 */
unsigned fx_policy_choose(struct fx_policy *p, const struct fx_choice *c,
			  struct fx_decision *decision);

/*
 * Whether that is noted: another goes on, or one of several that could not by themselves, or one
 * who has said that others may.
 */
bool fx_policy_notes(const struct fx_choice *c, const struct fx_decision *decision);

/* A generator beside that of the decisions, so that what is drawn for the program moves nothing. */
uint64_t fx_random_next(uint64_t *state);

#endif
