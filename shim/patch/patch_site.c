/* SPDX-License-Identifier: MIT */
#include "shim/patch/patch_site.h"

#define PROBES 8

static struct fx_patch_site site[FX_PATCH_SITES];

struct fx_patch_site *fx_patch_site_find(uintptr_t ret, bool add)
{
	uint64_t hash = (uint64_t)ret * 0x9e3779b97f4a7c15ULL;

	for (unsigned i = 0; i < PROBES; i++) {
		struct fx_patch_site *s = &site[((hash >> 54) + i) % FX_PATCH_SITES];
		uintptr_t there = __atomic_load_n(&s->record.ret, __ATOMIC_RELAXED);

		if (there == ret)
			return s;
		if (!there && !add)
			return NULL;
		if (!there && (__atomic_compare_exchange_n(&s->record.ret, &there, ret, false,
							   __ATOMIC_RELAXED, __ATOMIC_RELAXED) ||
			       there == ret))
			return s;
	}
	return NULL;
}
