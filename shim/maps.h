/* SPDX-License-Identifier: MIT */
/* What /proc/self/maps says of an address; for records, never for decisions. */
#ifndef SHIM_MAPS_H
#define SHIM_MAPS_H

#include <stddef.h>
#include <stdint.h>

struct fx_mapping_name {
	uintptr_t start;
	uint64_t offset; /* into the file */
	char name[192];	 /* path, [stack] and the like, or empty; cut at the front */
};

/* 0, or -errno with an empty name. Opens and reads the file: slow. */
int fx_maps_find(uintptr_t address, struct fx_mapping_name *out);

#endif
