/* SPDX-License-Identifier: MIT */
#include "tests/differential/sequence.h"

#include <limits.h>
#include <linux/futex.h>
#include <signal.h>
#include <string.h>
#include <time.h>

/* FUTEX2_*, newer than the headers of Debian 12. */
#define SIZE_U32 2U
#define PRIVATE	 128U

/* The few words that the operations of one sequence meet on. */
struct focus {
	enum place plain[3];
	unsigned plain_count;
	enum place pi;
	/*
	 * Of all operations on locks: if an owner dies whose lock has waiters of both
	 * classes, two of them get it at once, and race who stores its id last.
	 */
	bool pi_private;
	unsigned op_sets;
};

static enum place pick_word(struct rng *r, const struct focus *f)
{
	static const enum place rare[] = {PLACE_EDGE, PLACE_READ_ONLY, 0, 1, 2, 3, 4, 5};

	return rng_percent(r, 90) ? f->plain[rng_below(r, f->plain_count)] : RNG_PICK(r, rare);
}

static enum place pick_bad(struct rng *r)
{
	return (enum place)(PLACES_TO_WAIT + rng_below(r, PLACES - PLACES_TO_WAIT));
}

static enum place pick_pi(struct rng *r, const struct focus *f)
{
	return rng_percent(r, 85) ? f->pi
				  : (enum place)(PLAIN_WORDS + rng_below(r, WORDS - PLAIN_WORDS));
}

static void pick_places(struct rng *r, const struct focus *f, struct step *s)
{
	bool pi_first = s->row->pi == 'l', pi_second = s->row->pi == 'q';

	s->first = pi_first ? pick_pi(r, f) : pick_word(r, f);
	s->second = pi_second ? pick_pi(r, f) : pick_word(r, f);
	if (!pi_second && rng_percent(r, 20))
		s->second = s->first;
	/* Arithmetic only where no thread id can be. */
	if (op_has(s->row, 'e') && s->second < WORDS && s->second >= PLAIN_WORDS)
		s->second = f->plain[0];
	if (rng_percent(r, 5))
		s->first = pick_bad(r);
	if (rng_percent(r, 5))
		s->second = pick_bad(r);
}

static uint32_t pick_bitset(struct rng *r)
{
	static const uint32_t bitsets[] = {
		1, 1, 2, 4, 3, 6, 0x80000000U, ~0U, ~0U, ~0U, 0,
	};

	return RNG_PICK(r, bitsets);
}

static int pick_count(struct rng *r)
{
	static const int counts[] = {1, 1, 1, 1, 1, 2, 2, 3, 0, 0, INT_MAX, INT_MAX, -1, INT_MIN};

	return RNG_PICK(r, counts);
}

static enum timeout pick_timeout(struct rng *r, bool medium)
{
	static const enum timeout odd[] = {
		TIMEOUT_ZERO,	       TIMEOUT_PAST,	     TIMEOUT_OTHER_CLOCK, TIMEOUT_BAD_NSEC,
		TIMEOUT_NEGATIVE_NSEC, TIMEOUT_NEGATIVE_SEC, TIMEOUT_UNMAPPED,	  TIMEOUT_NO_ACCESS,
		TIMEOUT_CROSSING,      TIMEOUT_KERNEL,	     TIMEOUT_SHORT,	  TIMEOUT_SHORT,
	};
	uint32_t n = rng_below(r, 100);

	if (medium && n < 50)
		return TIMEOUT_MEDIUM;
	if (n < 60)
		return TIMEOUT_NONE;
	if (n < 82)
		return TIMEOUT_LONG;
	return n < 85 ? TIMEOUT_HUGE : RNG_PICK(r, odd);
}

static uint32_t pick_argument(struct rng *r)
{
	static const uint32_t arguments[] = {0,	    0,	   1,	  1,  2,  3, 0xfff,
					     0xffe, 0x7ff, 0x800, 31, 32, 33};

	return rng_percent(r, 80) ? RNG_PICK(r, arguments) : rng_below(r, 0x1000);
}

static uint32_t pick_encoded(struct rng *r)
{
	uint32_t op = rng_below(r, rng_percent(r, 93) ? 5 : 8);
	uint32_t cmp = rng_below(r, rng_percent(r, 93) ? 6 : 16);

	op |= rng_percent(r, 20) ? 8U : 0;
	return op << 28 | cmp << 24 | pick_argument(r) << 12 | pick_argument(r);
}

static void pick_vector(struct rng *r, const struct focus *f, struct step *s)
{
	s->vector_length = 1 + rng_below(r, MAX_VECTOR);
	for (unsigned i = 0; i < MAX_VECTOR; i++) {
		struct vector_entry *e = &s->vector[i];

		e->place = rng_percent(r, 4) ? pick_bad(r) : pick_word(r, f);
		e->different = rng_percent(r, 5);
		e->flags = SIZE_U32 | (rng_percent(r, 65) ? PRIVATE : 0);
		if (rng_percent(r, 3))
			e->flags = rng_below(r, 2) ? rng_below(r, 4) : 1U << (8 + rng_below(r, 24));
		e->reserved = rng_percent(r, 2);
	}
}

static const struct op_row *pick_row(struct rng *r, unsigned op_sets)
{
	unsigned total = 0;
	uint32_t n;

	for (size_t i = 0; i < op_rows_count; i++)
		total += op_rows[i].set & op_sets ? op_rows[i].weight : 0;
	n = rng_below(r, total);
	for (size_t i = 0;; i++) {
		unsigned weight = op_rows[i].set & op_sets ? op_rows[i].weight : 0;

		if (n < weight)
			return &op_rows[i];
		n -= weight;
	}
}

static void pick_call(struct rng *r, const struct focus *f, bool medium, struct step *s)
{
	static const uint64_t lengths[] = {24, 24, 24, 24, 0, 12, 23, 25, 1ULL << 32 | 24, ~0ULL};
	static const int clocks[] = {CLOCK_MONOTONIC, CLOCK_MONOTONIC, CLOCK_REALTIME,
				     CLOCK_REALTIME,  CLOCK_BOOTTIME,  -1};

	s->row = pick_row(r, f->op_sets);
	s->private = s->row->pi ? f->pi_private : rng_percent(r, 65);
	s->realtime = rng_percent(r, s->row->realtime ? 35 : 2);
	s->unknown_flags = rng_percent(r, 1) ? 1 << (9 + rng_below(r, 22)) : 0;
	pick_places(r, f, s);
	s->different = rng_percent(r, 8);
	s->count1 = s->row->pi == 'q' && rng_percent(r, 70) ? 1 : pick_count(r);
	s->count2 = pick_count(r);
	s->timeout = pick_timeout(r, medium);
	s->bitset = pick_bitset(r);
	if (s->row->pi && rng_percent(r, 90))
		s->bitset = FUTEX_BITSET_MATCH_ANY;
	s->encoded = pick_encoded(r);
	s->flags2 = SIZE_U32 | (s->private ? PRIVATE : 0);
	if (rng_percent(r, 3))
		s->flags2 = rng_below(r, 2) ? rng_below(r, 4) : 1U << (8 + rng_below(r, 24));
	s->call_flags = rng_percent(r, 2) ? 1U << rng_below(r, 32) : 0;
	s->clock = RNG_PICK(r, clocks);
	pick_vector(r, f, s);
	s->target = rng_below(r, MAX_WORKERS + 3);
	s->length = RNG_PICK(r, lengths);
	s->junk = rng_percent(r, 20) ? rng_next(r) : 0;
}

static uint32_t pick_plain_value(struct rng *r)
{
	static const uint32_t values[] = {0,   0,	    1,		 2,	3,
					  ~0U, 0x80000000U, 0x7fffffffU, 0x800, 0xfffff800U};

	return RNG_PICK(r, values);
}

/* Of a word for priority inheritance. */
static uint32_t pick_lock_value(struct rng *r)
{
	static const uint32_t values[] = {
		0,
		0,
		0,
		0,
		DEAD_TID,
		DEAD_TID | FUTEX_WAITERS,
		FUTEX_OWNER_DIED,
		FUTEX_WAITERS,
		FUTEX_OWNER_DIED | FUTEX_WAITERS,
	};

	return RNG_PICK(r, values);
}

static void pick_store(struct rng *r, const struct focus *f, struct step *s)
{
	bool lock = rng_percent(r, f->op_sets & OPS_PI ? 30 : 5);

	s->first = lock ? f->pi : f->plain[rng_below(r, f->plain_count)];
	if (!lock) {
		s->value = pick_plain_value(r);
		return;
	}
	s->value = pick_lock_value(r);
	s->value_is_tid = rng_percent(r, 30);
	s->target = rng_below(r, MAX_WORKERS);
}

static void pick_step(struct rng *r, const struct focus *f, bool medium, struct step *s)
{
	static const int signals[] = {SIGUSR1, SIGUSR1, SIGUSR2, SIGUSR2, SIGURG};
	uint32_t n = rng_below(r, 1000);

	s->worker = rng_below(r, MAX_WORKERS);
	s->seed = rng_next(r);
	if (n < 80) {
		s->kind = STEP_STORE;
		pick_store(r, f, s);
	} else if (n < 140) {
		s->kind = STEP_SIGNAL;
		s->signal = RNG_PICK(r, signals);
	} else if (n < 145) {
		s->kind = STEP_EXIT;
	} else if (medium && n < 190) {
		s->kind = STEP_EXPIRE;
	} else {
		s->kind = STEP_CALL;
		pick_call(r, f, medium, s);
	}
}

void sequence_make(struct sequence *s, uint64_t seed, unsigned op_sets)
{
	struct rng r = {seed};
	struct focus f = {.op_sets = op_sets};
	bool medium = rng_percent(&r, 3);

	memset(s, 0, sizeof(*s));
	s->workers = 2 + rng_below(&r, MAX_WORKERS - 1);
	s->steps = 8 + rng_below(&r, 13);
	f.plain_count = 1 + rng_below(&r, 3);
	for (unsigned i = 0; i < 3; i++)
		f.plain[i] = (enum place)rng_below(&r, PLAIN_WORDS);
	f.pi_private = rng_percent(&r, 65);
	f.pi = (enum place)(PLAIN_WORDS + rng_below(&r, WORDS - PLAIN_WORDS));
	for (unsigned i = 0; i < WORDS; i++)
		s->initial[i] = i < PLAIN_WORDS ? pick_plain_value(&r) : pick_lock_value(&r);
	for (unsigned i = 0; i < s->steps; i++)
		pick_step(&r, &f, medium, &s->step[i]);
}

const char *sequence_timeout_name(enum timeout timeout)
{
	static const char *const names[] = {
		[TIMEOUT_NONE] = "none",	   [TIMEOUT_LONG] = "long",
		[TIMEOUT_HUGE] = "huge",	   [TIMEOUT_MEDIUM] = "medium",
		[TIMEOUT_SHORT] = "short",	   [TIMEOUT_ZERO] = "zero",
		[TIMEOUT_PAST] = "past",	   [TIMEOUT_OTHER_CLOCK] = "other-clock",
		[TIMEOUT_BAD_NSEC] = "nsec=10^9",  [TIMEOUT_NEGATIVE_NSEC] = "nsec=-1",
		[TIMEOUT_NEGATIVE_SEC] = "sec=-1", [TIMEOUT_UNMAPPED] = "unmapped",
		[TIMEOUT_NO_ACCESS] = "no-access", [TIMEOUT_CROSSING] = "crossing",
		[TIMEOUT_KERNEL] = "kernel",
	};

	return names[timeout];
}
