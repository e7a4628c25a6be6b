/* SPDX-License-Identifier: MIT */
#include "loader/test/word_map.h"

#include <stdbool.h>
#include <stdlib.h>

#define FIRST_ROOM 1024

/* Where it is, or would be. */
static struct fx_word_entry *find(const struct fx_word_map *map, uint64_t key)
{
	size_t at = (size_t)(key * 0x9e3779b97f4a7c15ULL >> 20) & (map->room - 1);

	while (map->entry[at].key && map->entry[at].key != key)
		at = (at + 1) & (map->room - 1);
	return &map->entry[at];
}

static bool grow(struct fx_word_map *map)
{
	struct fx_word_map more = {.room = map->room ? map->room * 2 : FIRST_ROOM,
				   .count = map->count};

	more.entry = calloc(more.room, sizeof(*more.entry));
	if (!more.entry)
		return false;
	for (size_t i = 0; i < map->room; i++) {
		if (map->entry[i].key)
			*find(&more, map->entry[i].key) = map->entry[i];
	}
	free(map->entry);
	*map = more;
	return true;
}

uint32_t *fx_word_map_at(struct fx_word_map *map, uint64_t address)
{
	struct fx_word_entry *e;

	if (map->count * 2 >= map->room && !grow(map))
		return NULL;
	e = find(map, address + 1);
	if (!e->key) {
		e->key = address + 1;
		map->count++;
	}
	return &e->value;
}

uint32_t fx_word_map_get(const struct fx_word_map *map, uint64_t address)
{
	return map->room ? find(map, address + 1)->value : 0;
}

void fx_word_map_free(struct fx_word_map *map)
{
	free(map->entry);
	*map = (struct fx_word_map){0};
}
