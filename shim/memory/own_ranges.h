/* SPDX-License-Identifier: MIT */
/*
 * fxbox's own memory in the guest's address space: the image, and slabs that
 * thread blocks, bucket tables and range tables are carved from. The guest's
 * memory calls are refused where they meet it.
 */
#ifndef SHIM_MEMORY_OWN_RANGES_H
#define SHIM_MEMORY_OWN_RANGES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Maps zeroed memory of fxbox's own, aligned to a power of two of at least a
 * page. Never unmapped. 0 if the host refuses or the table of ranges is full.
 */
uintptr_t fx_own_map(size_t bytes, size_t align);

/* The same, but not to be used before mprotect(2): until then no limit counts it but RLIMIT_AS. */
uintptr_t fx_own_reserve(size_t bytes, size_t align);

/* The same at this very address, a page's; 0 also if something is there. */
uintptr_t fx_own_map_at(uintptr_t address, size_t bytes);

/* Adds a range that is mapped already (the image, the audit table). */
void fx_own_add(uintptr_t start, uintptr_t end);

/* Whether [start, start + length) meets a range of ours. Takes no lock. */
bool fx_own_overlaps(uintptr_t start, size_t length);

void fx_own_lock_all(void);
void fx_own_unlock_all(void);

#endif
