/* SPDX-License-Identifier: MIT */
/* A number for each of many addresses: a hash table that grows. */
#ifndef LOADER_TEST_WORD_MAP_H
#define LOADER_TEST_WORD_MAP_H

#include <stddef.h>
#include <stdint.h>

/* Empty when all is zero. */
struct fx_word_map {
	struct fx_word_entry {
		uint64_t key; /* one more than the address; 0: none */
		uint32_t value;
	} * entry;
	size_t room, count;
};

/* The number of an address, 0 at first, until the next is asked for; NULL: no memory. */
uint32_t *fx_word_map_at(struct fx_word_map *map, uint64_t address);
/* The same of one that may not be there: 0. */
uint32_t fx_word_map_get(const struct fx_word_map *map, uint64_t address);
void fx_word_map_free(struct fx_word_map *map);

#endif
