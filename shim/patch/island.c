/* SPDX-License-Identifier: MIT */
#include "shim/patch/island.h"

#include "shim/memory/own_ranges.h"
#include "shim/patch/patch_site.h"
#include "shim/base/table.h"

#define PAGE	     4096UL
#define ISLAND	     (4 * PAGE)
#define ISLAND_ROOM  (ISLAND / FX_TRAMPOLINE_LENGTH)
#define MOST_ISLANDS 16
#define REACH	     0x7ff00000UL /* of a jump, and something to spare */

struct island {
	uintptr_t start; /* 0: none yet */
	struct fx_patch_site *site[ISLAND_ROOM];
};

static struct island island[MOST_ISLANDS] FX_TABLE;

static bool within_reach(uintptr_t a, uintptr_t b)
{
	return (a < b ? b - a : a - b) < REACH;
}

/* Below the code, since heaps and stacks grow elsewhere; near it, but for what it belongs to. */
static uintptr_t map_near(uintptr_t at)
{
	uintptr_t page = at & ~(PAGE - 1);

	for (uintptr_t below = ISLAND; below < REACH / 2 && below < page; below *= 4)
		if (fx_own_map_at(page - below, ISLAND))
			return page - below;
	return 0;
}

static bool new_island(struct island *new, uintptr_t at)
{
	uintptr_t start = map_near(at);

	__atomic_store_n(&new->start, start, __ATOMIC_RELEASE);
	return start;
}

uintptr_t fx_island_place(struct fx_patch_site *s)
{
	uint8_t jump[FX_JUMP_LENGTH];

	for (unsigned i = 0; i < MOST_ISLANDS; i++) {
		struct island *is = &island[i];

		if (!is->start && !new_island(is, s->record.ret))
			return 0;
		for (unsigned slot = 0; slot < ISLAND_ROOM; slot++) {
			uintptr_t at = is->start + FX_TRAMPOLINE_LENGTH * slot;

			if (is->site[slot] || !within_reach(at, s->record.ret) ||
			    !fx_site_jump(jump, s->record.ret, s->shape, at))
				continue;
			__atomic_store_n(&is->site[slot], s, __ATOMIC_RELEASE);
			return at;
		}
	}
	return 0;
}

const struct fx_patch_site *fx_island_site(uintptr_t ip, uintptr_t *start)
{
	for (unsigned i = 0; i < MOST_ISLANDS; i++) {
		uintptr_t base = __atomic_load_n(&island[i].start, __ATOMIC_ACQUIRE);
		uintptr_t slot = (ip - base) / FX_TRAMPOLINE_LENGTH;

		if (!base)
			return NULL;
		if (ip < base || slot >= ISLAND_ROOM)
			continue;
		*start = base + slot * FX_TRAMPOLINE_LENGTH;
		return __atomic_load_n(&island[i].site[slot], __ATOMIC_ACQUIRE);
	}
	return NULL;
}
