/* SPDX-License-Identifier: MIT */
/*
 * Found by a hash, kept in the order in which they were first seen: so the dozens of sites of a
 * small program share a page or two, each of which is a fault, and are not one to a page.
 */
#include "shim/patch/patch_site.h"
#include "shim/base/table.h"

#define PROBES 8

static struct fx_patch_site site[FX_PATCH_SITES] FX_TABLE;
static uint32_t used;
/* Of site[], from 1; 0: none yet. */
static uint16_t place[FX_PATCH_SITES];

_Static_assert(FX_PATCH_SITES < UINT16_MAX, "a place holds each number");

/* Its number; 0: there is no more room. */
static uint16_t take(uintptr_t ret)
{
	uint32_t n;

	if (__atomic_load_n(&used, __ATOMIC_RELAXED) >= FX_PATCH_SITES)
		return 0;
	n = __atomic_fetch_add(&used, 1, __ATOMIC_RELAXED);
	if (n >= FX_PATCH_SITES)
		return 0;
	site[n].record.ret = ret;
	return (uint16_t)(n + 1);
}

struct fx_patch_site *fx_patch_site_find(uintptr_t ret, bool add)
{
	uint64_t hash = (uint64_t)ret * 0x9e3779b97f4a7c15ULL;
	uint16_t own = 0;

	for (unsigned i = 0; i < PROBES; i++) {
		uint16_t *at = &place[((hash >> 54) + i) % FX_PATCH_SITES];
		uint16_t there = __atomic_load_n(at, __ATOMIC_ACQUIRE);

		if (!there) {
			if (add && !own)
				own = take(ret);
			if (!own)
				return NULL;
			/* Pairs with the load: ret is seen with the number. If another thread was
			 * first, one that saw the same site too, ours is left unused. */
			if (__atomic_compare_exchange_n(at, &there, own, false, __ATOMIC_RELEASE,
							__ATOMIC_ACQUIRE))
				there = own;
		}
		if (site[there - 1].record.ret == ret)
			return &site[there - 1];
	}
	return NULL;
}
