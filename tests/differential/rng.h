/* SPDX-License-Identifier: MIT */
/* Numbers that depend on the seed alone (Steele, Lea, Flood: SplitMix64). */
#ifndef TESTS_DIFFERENTIAL_RNG_H
#define TESTS_DIFFERENTIAL_RNG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct rng {
	uint64_t state;
};

static inline uint64_t rng_next(struct rng *r)
{
	uint64_t z = r->state += 0x9e3779b97f4a7c15ULL;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ULL;
	z = (z ^ z >> 27) * 0x94d049bb133111ebULL;
	return z ^ z >> 31;
}

static inline uint32_t rng_below(struct rng *r, uint32_t limit)
{
	return (uint32_t)((rng_next(r) >> 32) * limit >> 32);
}

static inline bool rng_percent(struct rng *r, uint32_t percent)
{
	return rng_below(r, 100) < percent;
}

/* One of the values of an array; those that are listed twice come twice as often. */
#define RNG_PICK(r, values) ((values)[rng_below(r, (uint32_t)(sizeof(values) / sizeof((values)[0])))])

#endif
