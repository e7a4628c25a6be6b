/* SPDX-License-Identifier: MIT */
#include "loader/test/lock_kinds.h"

#include <linux/futex.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>

#define IS_MUTEX  1U
#define IS_RW	  2U
#define IS_OTHER  4U
#define PART_LAST 12 /* the last of a reader-writer lock's words that change by atomics */
#define TRIED	  4

/* What a thread has done last: found one word taken, by these instructions. */
struct trying {
	uint64_t word;
	uint64_t ip[TRIED];
	unsigned count;
};

static bool waits(const struct fx_use *use)
{
	const uint32_t op = use->before & (uint32_t)FUTEX_CMD_MASK;

	return use->kind == FX_USE_CALL && use->ip == SYS_futex && use->after != 0 &&
	       (op == FUTEX_WAIT || op == FUTEX_WAIT_BITSET);
}

static void becomes_lock(const struct fx_lock_sites *sites, const struct trying *t)
{
	for (unsigned i = 0; i < t->count; i++) {
		struct fx_lock_site *site = fx_lock_site_of(sites, t->ip[i]);

		if (site && site->does == FX_DOES_BARE)
			site->does = FX_DOES_LOCK;
	}
}

static void note(struct trying *t, const struct fx_use *use, const struct fx_lock_sites *sites)
{
	if (use->kind == FX_USE_EXCHANGE) {
		if (t->word != use->address)
			*t = (struct trying){.word = use->address};
		if (use->before == 0)
			t->count = 0;
		else if (t->count < TRIED)
			t->ip[t->count++] = use->ip;
	} else if (use->kind == FX_USE_CALL) {
		if (waits(use) && use->address == t->word)
			becomes_lock(sites, t);
		if (use->ip != SYS_futex)
			t->count = 0;
	}
}

static bool find_waiters(const struct fx_use *use, size_t count, const struct fx_lock_sites *sites)
{
	struct trying *trying = calloc(FX_SCHEDULE_THREADS, sizeof(*trying));

	if (!trying)
		return false;
	for (size_t i = 0; i < count; i++)
		note(&trying[use[i].thread % FX_SCHEDULE_THREADS], &use[i], sites);
	free(trying);
	return true;
}

/* What that instruction says of the word. */
static uint32_t flags_of(const struct fx_use *use, enum fx_lock_does does)
{
	const bool exchange = use->kind == FX_USE_EXCHANGE;

	switch (does) {
	case FX_DOES_LOCK:
	case FX_DOES_TRY:
		/* Others are numbers of waiters. */
		return exchange ? IS_MUTEX : 0;
	case FX_DOES_UNLOCK:
		return IS_MUTEX;
	case FX_DOES_READ:
	case FX_DOES_WRITE:
	case FX_DOES_TRYREAD:
	case FX_DOES_TRYWRITE:
	case FX_DOES_RWUNLOCK:
		return IS_RW;
	case FX_DOES_INNER:
	case FX_DOES_COUNT:
		return 0;
	case FX_DOES_BARE:
		/* To take it, or to release it. */
		return exchange || use->after == 0 || use->after == use->before - 1 ? 0 : IS_OTHER;
	default:
		return IS_OTHER;
	}
}

bool fx_lock_kinds(const struct fx_use *use, size_t count, struct fx_lock_sites *sites,
		   struct fx_lock_kinds *kinds)
{
	*kinds = (struct fx_lock_kinds){0};
	if (!find_waiters(use, count, sites))
		return false;
	for (size_t i = 0; i < count; i++) {
		const struct fx_lock_site *site;
		uint32_t *flags;

		if (use[i].kind != FX_USE_CHANGE && use[i].kind != FX_USE_EXCHANGE)
			continue;
		site = fx_lock_site_of(sites, use[i].ip);
		flags = fx_word_map_at(&kinds->word, use[i].address);
		if (!flags)
			return false;
		*flags |= flags_of(&use[i], site ? site->does : FX_DOES_OTHER);
	}
	return true;
}

void fx_lock_kinds_free(struct fx_lock_kinds *kinds)
{
	fx_word_map_free(&kinds->word);
}

static enum fx_lock_kind kind_of_rw(const struct fx_lock_kinds *kinds, uint64_t base)
{
	for (uint64_t part = 0; part <= PART_LAST; part += 4) {
		if (fx_word_map_get(&kinds->word, base + part) & IS_OTHER)
			return FX_LOCK_NONE;
	}
	return FX_LOCK_RW;
}

enum fx_lock_kind fx_lock_kind_of(const struct fx_lock_kinds *kinds, uint64_t address,
				  uint64_t *base)
{
	const uint32_t flags = fx_word_map_get(&kinds->word, address);

	*base = address;
	if (flags & IS_OTHER)
		return FX_LOCK_NONE;
	if (flags & IS_MUTEX)
		return flags & IS_RW ? FX_LOCK_NONE : FX_LOCK_MUTEX;
	/* Its first word is the first that changes. */
	for (uint64_t back = PART_LAST; back > 0; back -= 4) {
		if (fx_word_map_get(&kinds->word, address - back) & IS_RW) {
			*base = address - back;
			return kind_of_rw(kinds, *base);
		}
	}
	return flags & IS_RW ? kind_of_rw(kinds, address) : FX_LOCK_NONE;
}
