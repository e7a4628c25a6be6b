/* SPDX-License-Identifier: MIT */
/* Which words of a run are locks, by what is done to them and where. */
#ifndef LOADER_TEST_LOCK_KINDS_H
#define LOADER_TEST_LOCK_KINDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "loader/test/lock_sites.h"
#include "loader/test/word_map.h"

enum fx_lock_kind { FX_LOCK_NONE, FX_LOCK_MUTEX, FX_LOCK_RW };

struct fx_lock_kinds {
	struct fx_word_map word;
};

/*
 * A word is a lock if functions that lock have changed it, and no others. Where functions have no
 * names, an instruction that has found the word taken, upon which its thread sleeps on that word,
 * is one that locks: it becomes so among the sites. False: no memory. Free it with
 * fx_lock_kinds_free in any case.
 */
bool fx_lock_kinds(const struct fx_use *use, size_t count, struct fx_lock_sites *sites,
		   struct fx_lock_kinds *kinds);
void fx_lock_kinds_free(struct fx_lock_kinds *kinds);

/* What it is part of, and the address by which that is known. */
enum fx_lock_kind fx_lock_kind_of(const struct fx_lock_kinds *kinds, uint64_t address,
				  uint64_t *base);

#endif
