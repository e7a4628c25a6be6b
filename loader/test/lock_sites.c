/* SPDX-License-Identifier: MIT */
#include "loader/test/lock_sites.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "loader/test/fnv.h"
#include "loader/test/places.h"
#include "loader/test/word_map.h"

#define LINE	   64
#define LOCK	   56	/* bytes of a large one */
#define ASKED_MOST 2000 /* words of one command line */

static const char *const words[] = {
	[FX_DOES_OTHER] = "other",	 [FX_DOES_INNER] = "inner",
	[FX_DOES_COUNT] = "count",	 [FX_DOES_BARE] = "bare",
	[FX_DOES_LOCK] = "lock",	 [FX_DOES_TRY] = "try",
	[FX_DOES_UNLOCK] = "unlock",	 [FX_DOES_READ] = "read",
	[FX_DOES_WRITE] = "write",	 [FX_DOES_TRYREAD] = "tryread",
	[FX_DOES_TRYWRITE] = "trywrite", [FX_DOES_RWUNLOCK] = "rwunlock",
};

/* What was answered to runs before, as long as code lies where it did. */
static struct fx_lock_sites known;
static uint64_t known_layout;

/* Which files' code lies where. */
static uint64_t layout_of(const struct fx_schedule_file *file)
{
	char *maps = fx_schedule_file_maps(file), *rest = maps, *line;
	uint64_t sum = 0, last = 0;

	while (rest && (line = strsep(&rest, "\n"))) {
		uint64_t start, offset, one;
		char access[8];
		int path = 0;

		if (sscanf(line, "%" SCNx64 "-%*x %7s %" SCNx64 " %*s %*s %n", &start, access,
			   &offset, &path) < 3 ||
		    path == 0 || line[path] != '/' || access[2] != 'x')
			continue;
		/* Code that was changed is in pieces. */
		start -= offset;
		one = fx_fnv(fx_fnv(FX_FNV_BEGIN, &start, sizeof(start)), line + path,
			     strlen(line + path));
		sum += one != last ? one : 0;
		last = one;
	}
	free(maps);
	return sum;
}

static int by_ip(const void *a, const void *b)
{
	const struct fx_lock_site *x = a, *y = b;

	return x->ip < y->ip ? -1 : x->ip > y->ip;
}

struct fx_lock_site *fx_lock_site_of(const struct fx_lock_sites *sites, uint64_t ip)
{
	const struct fx_lock_site key = {.ip = ip};

	return sites->count ? bsearch(&key, sites->site, sites->count, sizeof(key), by_ip) : NULL;
}

static bool is_atomic(const struct fx_use *use)
{
	return use->kind == FX_USE_CHANGE || use->kind == FX_USE_EXCHANGE;
}

/* Which parts of memory have words that change by atomics. */
static bool find_lines(const struct fx_use *use, size_t count, struct fx_word_map *lines)
{
	for (size_t i = 0; i < count; i++) {
		uint32_t *line;

		if (!is_atomic(&use[i]))
			continue;
		line = fx_word_map_at(lines, use[i].address / LINE);
		if (!line)
			return false;
		*line = 1;
	}
	return true;
}

/* An atomic; or another access that may be to the same thing. */
static bool is_site(const struct fx_use *use, const struct fx_word_map *lines)
{
	if (is_atomic(use))
		return true;
	return (use->kind == FX_USE_LOAD || use->kind == FX_USE_STORE) &&
	       (fx_word_map_get(lines, use->address / LINE) ||
		fx_word_map_get(lines, (use->address - LOCK) / LINE));
}

/* Each once, in order. */
static bool collect(const struct fx_use *use, size_t count, struct fx_lock_sites *sites)
{
	struct fx_word_map lines = {0};
	size_t all = 0, left = 0;

	sites->site = calloc(count + 1, sizeof(*sites->site));
	if (!sites->site || !find_lines(use, count, &lines)) {
		fx_word_map_free(&lines);
		return false;
	}
	for (size_t i = 0; i < count; i++) {
		if (is_site(&use[i], &lines) && (!all || sites->site[all - 1].ip != use[i].ip))
			sites->site[all++].ip = use[i].ip;
	}
	fx_word_map_free(&lines);
	qsort(sites->site, all, sizeof(*sites->site), by_ip);
	for (size_t i = 0; i < all; i++) {
		if (!left || sites->site[left - 1].ip != sites->site[i].ip)
			sites->site[left++] = sites->site[i];
	}
	sites->count = left;
	return true;
}

static enum fx_lock_does does_of(const char *word)
{
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (strcmp(word, words[i]) == 0)
			return (enum fx_lock_does)i;
	}
	return FX_DOES_OTHER;
}

static bool remember(const struct fx_lock_site *site)
{
	struct fx_lock_site *more = realloc(known.site, (known.count + 1) * sizeof(*known.site));

	if (!more)
		return false;
	known.site = more;
	known.site[known.count++] = *site;
	return true;
}

/* Those that are not known yet become so. */
static bool learn(const struct fx_schedule_file *file, const struct fx_lock_sites *sites)
{
	struct fx_place_asked *asked = calloc(sites->count + 1, sizeof(*asked));
	const char **line = calloc(sites->count + 1, sizeof(*line));
	size_t count = 0;
	char *text = NULL;
	bool good = asked && line;

	for (size_t i = 0; good && i < sites->count && count < ASKED_MOST; i++) {
		if (!fx_lock_site_of(&known, sites->site[i].ip))
			asked[count++] = (struct fx_place_asked){'s', sites->site[i].ip};
	}
	if (good && count) {
		text = fx_places(file, asked, count, line);
		good = text != NULL;
	}
	for (size_t i = 0; good && i < count; i++)
		good = remember(&(struct fx_lock_site){asked[i].address, does_of(line[i])});
	if (count && known.count)
		qsort(known.site, known.count, sizeof(*known.site), by_ip);
	free(asked);
	free(line);
	free(text);
	return good;
}

bool fx_lock_sites(const struct fx_schedule_file *file, const struct fx_use *use, size_t count,
		   struct fx_lock_sites *sites)
{
	const uint64_t layout = layout_of(file);

	*sites = (struct fx_lock_sites){0};
	if (layout != known_layout)
		fx_lock_sites_free(&known);
	known_layout = layout;
	if (!collect(use, count, sites) || !learn(file, sites))
		return false;
	for (size_t i = 0; i < sites->count; i++) {
		const struct fx_lock_site *site = fx_lock_site_of(&known, sites->site[i].ip);

		sites->site[i].does = site ? site->does : FX_DOES_OTHER;
	}
	return true;
}

void fx_lock_sites_free(struct fx_lock_sites *sites)
{
	free(sites->site);
	*sites = (struct fx_lock_sites){0};
}
