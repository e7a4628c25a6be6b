/* SPDX-License-Identifier: MIT */
/* The sites whose calls have trapped, and what has become of each. Inside patch/. */
#ifndef SHIM_PATCH_PATCH_SITE_H
#define SHIM_PATCH_PATCH_SITE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "shim/patch/insn_x86_64.h"
#include "shim/patch/patch_x86_64.h"

/* A power of two; when they are taken no more are counted. */
#define FX_PATCH_SITES 1024

enum fx_site_state {
	FX_SITE_COUNTING,
	FX_SITE_PATCHED,
	FX_SITE_NEVER, /* as long as this code is mapped here */
};

struct fx_patch_site {
	struct fx_site_record record; /* ret: written before anybody finds it, and never again */
	uint32_t traps;		      /* relaxed: some may be lost */
	uint32_t jumps;		      /* likewise */
	uint8_t state;		      /* written under the lock, read by all */
	uint8_t times;
	bool listed; /* in the list of those that were ever more than counted */
	/* Once there is a trampoline, for good: somebody may be in it. */
	struct fx_site_shape shape;
	uint8_t moved[FX_SITE_MOVED];
	uintptr_t trampoline;
};

_Static_assert(offsetof(struct fx_patch_site, record) == 0, "a trampoline pushes its site");

/* NULL: it is not counted, and if add, there is no room for it. Takes no lock. */
struct fx_patch_site *fx_patch_site_find(uintptr_t ret, bool add);

#endif
