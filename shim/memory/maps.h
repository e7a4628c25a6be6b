/* SPDX-License-Identifier: MIT */
/* What /proc/thread-self/maps says. Slow: opens and reads the file; and it may not be there. */
#ifndef SHIM_MEMORY_MAPS_H
#define SHIM_MEMORY_MAPS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct fx_mapping_name {
	uintptr_t start, end;
	uint64_t offset; /* into the file */
	char name[192];	 /* path, [stack] and the like, or empty; cut at the front */
};

/* 0, or -errno with an empty name. */
int fx_maps_find(uintptr_t address, struct fx_mapping_name *out);

/*
 * The shared mapping at this address or the next one behind, without what lies before
 * the address; UINTPTR_MAX twice if there is none. -errno if the file cannot be read.
 */
int fx_maps_next_shared(uintptr_t address, uintptr_t *start, uintptr_t *end);

/*
 * Gives every mapping to take(arg, ...): its path as the host has it, or [stack] and the like, or
 * empty; readable: by its protection,
 * as are the others; shared and writable. Stops when that returns false. -errno if the file cannot
 * be read.
 */
struct fx_mapping {
	uintptr_t start, end;
	uint64_t offset; /* into the file */
	bool readable, executable, shared;
	const char *path;
};
int fx_maps_each(bool (*take)(void *arg, const struct fx_mapping *m), void *arg);

/* By whoever has made a call that took memory away, moved it, or put other in its place. */
void fx_maps_changed(void);
/* How often. Who keeps an answer asks before he looks, and again when he uses it. */
uint32_t fx_maps_changes(void);

#endif
