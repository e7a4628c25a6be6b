/* SPDX-License-Identifier: MIT */
#include "shim/patch/point_cache.h"

#include <asm/stat.h>

#include "shim/base/host.h"
#include "shim/base/mem.h"

/* Entries follow each other; the last has count and key of nothing. */
struct entry {
	struct fx_code_key key;
	uint32_t count;
	uint32_t whole; /* all of its points are there */
	struct fx_cached_point point[];
};

static char *cache;
static size_t cache_size;
static struct entry *adding;

void fx_point_cache_init(void *at, size_t size)
{
	cache = at;
	cache_size = at ? size & ~7UL : 0;
}

bool fx_code_key_read(int fd, uint64_t offset, int points, struct fx_code_key *out)
{
	struct stat st;

	if (fx_host(__NR_fstat, fd, &st) < 0)
		return false;
	*out = (struct fx_code_key){
		.device = st.st_dev,
		.inode = st.st_ino,
		.size = (uint64_t)st.st_size,
		.changed_ns = (uint64_t)st.st_mtime * 1000000000UL + (uint64_t)st.st_mtime_nsec,
		.offset = offset,
		.points = (uint64_t)points,
	};
	return true;
}

/* The entry at a place, if all of it lies in the cache. */
static struct entry *entry_at(size_t at)
{
	struct entry *e = (struct entry *)(cache + at);

	if (cache_size - at < sizeof(*e) ||
	    e->count > (cache_size - at - sizeof(*e)) / sizeof(e->point[0]))
		return NULL;
	return e;
}

static size_t behind(size_t at, const struct entry *e)
{
	return at + sizeof(*e) + e->count * sizeof(e->point[0]);
}

const struct fx_cached_point *fx_point_cache_find(const struct fx_code_key *key, uint32_t *count)
{
	const struct entry *e;

	for (size_t at = 0; (e = entry_at(at)) && e->whole; at = behind(at, e))
		if (memcmp(&e->key, key, sizeof(*key)) == 0) {
			*count = e->count;
			return e->point;
		}
	return NULL;
}

struct fx_cached_point *fx_point_cache_add(const struct fx_code_key *key, uint32_t count)
{
	size_t at = 0;
	struct entry *e;

	while ((e = entry_at(at)) && e->whole)
		at = behind(at, e);
	if (!e || count > (cache_size - at - sizeof(*e)) / sizeof(e->point[0]))
		return NULL;
	e->key = *key;
	e->count = count;
	adding = e;
	return e->point;
}

void fx_point_cache_keep(void)
{
	if (adding)
		__atomic_store_n(&adding->whole, 1, __ATOMIC_RELEASE);
	adding = NULL;
}
