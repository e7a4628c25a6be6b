/* SPDX-License-Identifier: MIT */
/*
 * The points that were found in a file's code, for the next run of the same program: to look for
 * them takes ten times as long as to make them. Lies in memory that runs share, and that a program
 * may have written to: what is there is checked, and is about its own code alone. Inside patch/.
 */
#ifndef SHIM_PATCH_POINT_CACHE_H
#define SHIM_PATCH_POINT_CACHE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* One point: where in the text, what kind, and how it is made. */
struct fx_cached_point {
	uint32_t at;
	uint8_t kind;
	uint8_t length;
	uint8_t jumps;
	uint8_t pad;
};

/* What names code: the file, as it is now, where in it, and which points are wanted. */
struct fx_code_key {
	uint64_t device, inode, size, changed_ns, offset;
	uint64_t points;
};

/* Where the cache lies, zeroed at first; size 0: there is none. */
void fx_point_cache_init(void *at, size_t size);

/* Of what is open as fd. False: nobody can tell. */
bool fx_code_key_read(int fd, uint64_t offset, int points, struct fx_code_key *out);

/* The points of such code, and their count; NULL: not known. They stay as long as nobody writes. */
const struct fx_cached_point *fx_point_cache_find(const struct fx_code_key *key, uint32_t *count);

/* Room for as many, to be filled, and then to be kept; NULL: there is none. */
struct fx_cached_point *fx_point_cache_add(const struct fx_code_key *key, uint32_t count);
void fx_point_cache_keep(void);

#endif
