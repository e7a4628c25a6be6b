/* SPDX-License-Identifier: MIT */
#include "manager/lot.h"

#include "manager/manager.h"
#include "manager/step.h"

#define ALL_TAKEN 0xffffffffU

static uint32_t make_place(unsigned lot, unsigned bit)
{
	return FX_LOT_PLACE | lot << 8 | bit;
}

static struct fx_lot *lot_of(struct fx_manager *m, uint32_t place)
{
	return &m->lots[(place >> 8) % FX_LOTS];
}

static uint32_t bit_of(uint32_t place)
{
	return 1U << (place % FX_LOT_PLACES);
}

void fx_lots_init(struct fx_manager *m)
{
	unsigned i;

	for (i = 0; i < FX_LOTS; i++) {
		/* Atomic so that no compiler makes a call of memset out of the loop. */
		__atomic_store_n(&m->lots[i].sequence, 0, __ATOMIC_RELAXED);
		__atomic_store_n(&m->lots[i].places, 0, __ATOMIC_RELAXED);
	}
}

/* The first place that is free in a lot, or 0. */
static uint32_t take_in(struct fx_manager *m, unsigned lot)
{
	uint32_t *places = &m->lots[lot].places;
	uint32_t taken;

	fx_step(FX_STEP_STORE, places);
	taken = __atomic_load_n(places, __ATOMIC_RELAXED);
	while (taken != ALL_TAKEN) {
		unsigned bit = (unsigned)__builtin_ctz(~taken);

		/* Pairs with the release in fx_lot_leave. */
		if (__atomic_compare_exchange_n(places, &taken, taken | 1U << bit, false,
						__ATOMIC_ACQUIRE, __ATOMIC_RELAXED))
			return make_place(lot, bit);
	}
	return 0;
}

uint32_t fx_lot_take(struct fx_manager *m, uint8_t lot)
{
	unsigned n;

	if (lot == FX_LOT_NONE || !m->platform->unpark_set)
		return 0;
	for (n = 0; n < FX_LOTS; n++) {
		uint32_t place = take_in(m, (lot + n) % FX_LOTS);

		if (place)
			return place;
	}
	return 0;
}

void fx_lot_leave(struct fx_manager *m, uint32_t place)
{
	uint32_t *places = &lot_of(m, place)->places;

	fx_step(FX_STEP_STORE, places);
	__atomic_fetch_and(places, ~bit_of(place), __ATOMIC_RELEASE);
}

struct fx_spot fx_lot_spot(struct fx_manager *m, uint32_t place, uint32_t *word)
{
	uint32_t *sequence = &lot_of(m, place)->sequence;
	struct fx_spot spot = {.word = word, .address = sequence, .bits = bit_of(place)};

	fx_step(FX_STEP_LOAD, sequence);
	/* Acquire: before (B). */
	spot.expected = __atomic_load_n(sequence, __ATOMIC_ACQUIRE);
	return spot;
}

void fx_lot_calls_note(struct fx_lot_calls *calls, uint32_t place)
{
	unsigned lot = (place >> 8) % FX_LOTS;

	if (!(calls->lots & 1U << lot)) {
		calls->lots |= 1U << lot;
		calls->bits[lot] = 0;
	}
	calls->bits[lot] |= bit_of(place);
}

void fx_lot_calls_make(struct fx_manager *m, struct fx_lot_calls *calls)
{
	for (; calls->lots; calls->lots &= calls->lots - 1) {
		unsigned i = (unsigned)__builtin_ctz(calls->lots);
		uint32_t *sequence = &m->lots[i].sequence;

		fx_step(FX_STEP_STORE, sequence);
		/* After (C), and before the host looks for sleepers. */
		__atomic_fetch_add(sequence, 1, __ATOMIC_SEQ_CST);
		m->platform->unpark_set(sequence, calls->bits[i]);
	}
}
