/* SPDX-License-Identifier: MIT */
/* The orders in which the threads of a run took locks: which they had when they asked for which. */
#ifndef LOADER_TEST_LOCK_EDGES_H
#define LOADER_TEST_LOCK_EDGES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "loader/test/lock_clock.h"
#include "loader/test/lock_kinds.h"

#define FX_HELD_MOST  24   /* locks of one thread at a time; of more nothing is said */
#define FX_EDGES_MOST 2048 /* what comes then is left out */

struct fx_lock_held {
	uint64_t lock;
	uint64_t caller, outer; /* as of struct fx_use */
	bool reads;
	unsigned times;
};

/* A thread that has a lock asks for another, and waits for as long as others have it. */
struct fx_lock_edge {
	unsigned thread;
	struct fx_lock_held has, wants;
	struct fx_lock_held all[FX_HELD_MOST]; /* that it has, in the order in which they came */
	unsigned alls;
	uint32_t at;			   /* the place of that use */
	uint32_t before[FX_CLOCK_THREADS]; /* what came before, as of fx_lock_clock_of */
};

struct fx_lock_edges {
	struct fx_lock_edge *edge;
	size_t count;
};

/*
 * All of them; of those that are alike and have the same before them the last. False: no memory, or
 * more threads than can be followed. For free(edges->edge).
 */
bool fx_lock_edges(const struct fx_use *use, size_t count, const struct fx_lock_sites *sites,
		   const struct fx_lock_kinds *kinds, struct fx_lock_edges *edges);

#endif
