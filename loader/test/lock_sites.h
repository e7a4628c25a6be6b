/* SPDX-License-Identifier: MIT */
/* What the instructions that change words do to locks: by the functions that they are in. */
#ifndef LOADER_TEST_LOCK_SITES_H
#define LOADER_TEST_LOCK_SITES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "loader/test/schedule_file.h"

enum fx_lock_does {
	FX_DOES_OTHER, /* in a function that is none of a lock's */
	FX_DOES_INNER, /* in the C library, by a function of no name, or one that locks share */
	FX_DOES_BARE,  /* elsewhere, where nothing has a name */
	FX_DOES_COUNT, /* where a C library makes threads, and counts them */
	FX_DOES_LOCK,  /* a mutex, for as long as it takes */
	FX_DOES_TRY,   /* takes it or does not */
	FX_DOES_UNLOCK,
	FX_DOES_READ, /* likewise of a reader-writer lock */
	FX_DOES_WRITE,
	FX_DOES_TRYREAD,
	FX_DOES_TRYWRITE,
	FX_DOES_RWUNLOCK,
};

/* Those of one run. */
struct fx_lock_sites {
	struct fx_lock_site {
		uint64_t ip;
		enum fx_lock_does does;
	} * site; /* by ip */
	size_t count;
};

/*
 * Of all atomic instructions among the uses, and of those that load and store near what these
 * change. Asks fxbox-report for those that no run before had.
 * False: it could not answer, or no memory. Free it with fx_lock_sites_free in any case.
 */
bool fx_lock_sites(const struct fx_schedule_file *file, const struct fx_use *use, size_t count,
		   struct fx_lock_sites *sites);
void fx_lock_sites_free(struct fx_lock_sites *sites);

/* The place of an instruction that is among them. */
struct fx_lock_site *fx_lock_site_of(const struct fx_lock_sites *sites, uint64_t ip);

#endif
