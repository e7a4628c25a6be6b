/* SPDX-License-Identifier: MIT */
/* The locks that threads hold: those that others wait for, and robust ones, of which lists tell. */
#ifndef LOADER_REPORT_THREADS_HOLDS_H
#define LOADER_REPORT_THREADS_HOLDS_H

#include <stddef.h>
#include <stdint.h>

#include "loader/report/threads/threads.h"

struct fx_hold {
	size_t thread; /* index of the holder */
	enum fx_wait_kind kind;
	uint64_t object;
	struct fx_place place;
	size_t waiters;
};

struct fx_holds {
	struct fx_hold *hold; /* by thread */
	size_t holds;
};

/* Frees nothing of t; to be freed by fx_holds_free. Reads files only. */
void fx_holds_make(struct fx_holds *h, const struct fx_threads *t);
void fx_holds_free(struct fx_holds *h);

/* The first hold of a thread; those of one thread follow each other. NULL: none is known. */
const struct fx_hold *fx_holds_of(const struct fx_holds *h, size_t thread);

#endif
