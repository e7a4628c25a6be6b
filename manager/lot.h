/* SPDX-License-Identifier: MIT */
/*
 * Lots: where threads sleep that are not the only ones on their word. A wake of many would
 * have to unpark each by a call of the host, between two of which the host may well let a woken
 * thread run first. In a lot each has a place, which is a bit, and all of a lot sleep on its
 * sequence; so any of them are woken by one call, and nobody else is.
 *
 *	who sleeps                              who wakes
 *	take a place
 * (A)	seen = sequence
 * (B)	word: RUNNING -> place                  (C)	word: place -> WOKEN
 *	if it was WOKEN: leave                  (D)	sequence += 1
 *	park while sequence == seen             (E)	unpark_set
 *	leave the place
 *
 * If (B) finds the word not yet woken, (C) finds the place, so (D) and (E) follow. (A) came
 * before (B), hence before (D): what park compares is a sequence from before the wake. Either
 * the park finds another one, or it had begun to sleep before (D), and (E) reaches it.
 *
 * A place belongs to its thread until that has woken, so a call reaches nobody who has the same
 * bit and sleeps later, but where a wake came to somebody who had stopped waiting: then who
 * has the place now looks at its word, and sleeps on. Who is killed in its sleep, which only a
 * process of its own in shared memory can be alone, keeps its place for good.
 */
#ifndef MANAGER_LOT_H
#define MANAGER_LOT_H

#include <stdbool.h>
#include <stdint.h>

#include "manager/key.h"

struct fx_manager;
struct fx_spot;

/* As many as a word has bits: see struct fx_lot_calls. */
#define FX_LOTS	      32
#define FX_LOT_PLACES 32
#define FX_LOT_NONE   FX_LOTS /* no number of a lot */

/* One cache line; all zero is an empty lot. */
struct fx_lot {
	uint32_t sequence; /* atomic; changed by each wake of somebody in the lot */
	uint32_t places;   /* atomic; a bit for each that is taken */
} __attribute__((aligned(64)));

/*
 * A place is a value of fx_waiter.word, never one of enum fx_waiter_state: this bit, the lot's
 * number, and the bit's.
 */
#define FX_LOT_PLACE 0x80000000U

static inline bool fx_lot_is_place(uint32_t value)
{
	return (value & FX_LOT_PLACE) != 0;
}

void fx_lots_init(struct fx_manager *m);

/* The number of the lot for those who wait on this key. */
static inline uint8_t fx_lot_of_key(struct fx_key key)
{
	return (uint8_t)((fx_key_hash(key) >> 32) % FX_LOTS);
}

/*
 * A place for the calling thread, in this lot or the next that has one; 0: it is to sleep on
 * its own word, because there is none, the number was FX_LOT_NONE, or the platform has no
 * unpark_set. Takes no lock.
 */
uint32_t fx_lot_take(struct fx_manager *m, uint8_t lot);

/* The place's thread sleeps no more. */
void fx_lot_leave(struct fx_manager *m, uint32_t place);

/* Step (A): what to park on at this place, for who has word as its own. */
struct fx_spot fx_lot_spot(struct fx_manager *m, uint32_t place, uint32_t *word);

/* Whom a wake has still to call; init, then note each, then make. */
struct fx_lot_calls {
	uint32_t lots;		/* in which there is somebody */
	uint32_t bits[FX_LOTS]; /* of these only */
};

static inline void fx_lot_calls_init(struct fx_lot_calls *calls)
{
	calls->lots = 0;
}

/* After step (C), which found this place. */
void fx_lot_calls_note(struct fx_lot_calls *calls, uint32_t place);

/* Steps (D) and (E) for all that were noted, of whom none are left then. No lock held. */
void fx_lot_calls_make(struct fx_manager *m, struct fx_lot_calls *calls);

#endif
