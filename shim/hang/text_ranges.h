/* SPDX-License-Identifier: MIT */
/* Where code of files is mapped, kept for who looks for addresses of it, and told in the log. */
#ifndef SHIM_HANG_TEXT_RANGES_H
#define SHIM_HANG_TEXT_RANGES_H

#include <stdbool.h>
#include <stdint.h>

#define FX_TEXT_RANGES 512 /* what is mapped above is not known */

struct fx_text_ranges {
	uint32_t count;
	struct fx_text_range {
		uintptr_t start, end;
		uintptr_t base;	 /* where the file begins */
		uint64_t name;	 /* of its path, hashed */
	} range[FX_TEXT_RANGES]; /* by address */
};

/* Before all others here; false: no memory. It is not in .bss, which all would have as data. */
bool fx_text_ranges_init(void);

/*
 * Looks at /proc/thread-self/maps if mappings have changed, and the last look is ten milliseconds
 * ago; writes a `module` record for what is new. Takes no lock: two do not look at once. Who comes
 * while the very first look is under way waits for it, a tenth of a second at most.
 */
void fx_text_ranges_look(void);

/* As they were at the last look, for a few milliseconds; then others may be written there. */
const struct fx_text_ranges *fx_text_ranges_now(void);

bool fx_text_ranges_have(const struct fx_text_ranges *r, uint64_t address);

void fx_text_ranges_after_fork(void);

#endif
