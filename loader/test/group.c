/* SPDX-License-Identifier: MIT */
#include "loader/test/group.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Keeps the lowest seeds, in order. */
static void add_seed(uint64_t seeds[FX_GROUP_SEEDS], size_t *count, uint64_t seed)
{
	size_t at = 0;

	while (at < *count && seeds[at] < seed)
		at++;
	if (at == FX_GROUP_SEEDS)
		return;
	if (*count < FX_GROUP_SEEDS)
		++*count;
	memmove(&seeds[at + 1], &seeds[at], (*count - 1 - at) * sizeof(seeds[0]));
	seeds[at] = seed;
}

static struct fx_failure *like(struct fx_failures *all, const struct fx_failure *one)
{
	for (size_t i = 0; i < all->count; i++) {
		struct fx_failure *f = &all->failure[i];

		if (f->signature == one->signature && f->verdict.kind == one->verdict.kind &&
		    f->verdict.detail == one->verdict.detail)
			return f;
	}
	return NULL;
}

static void drop(const struct fx_failure *one)
{
	free(one->decisions);
	free(one->output);
}

void fx_failures_add(struct fx_failures *all, const struct fx_failure *one)
{
	struct fx_failure *f = like(all, one), old;

	all->all++;
	all->of[one->verdict.kind]++;
	if (!f && all->count == FX_FAILURES_MOST) {
		all->unsorted++;
		drop(one);
		return;
	}
	if (!f) {
		f = &all->failure[all->count++];
		*f = *one;
		f->count = 0;
		f->seeds_count = 0;
	} else if (one->order.seed < f->order.seed) {
		old = *f;
		*f = *one;
		f->count = old.count;
		f->seeds_count = old.seeds_count;
		memcpy(f->seeds, old.seeds, sizeof(f->seeds));
		drop(&old);
	} else {
		drop(one);
	}
	f->count++;
	add_seed(f->seeds, &f->seeds_count, one->order.seed);
}

void fx_failures_free(struct fx_failures *all)
{
	for (size_t i = 0; i < all->count; i++)
		drop(&all->failure[i]);
	all->count = 0;
}

struct fx_group *fx_groups_of(struct fx_groups *groups, const struct fx_verdict *verdict,
			      uint64_t key, const char *what)
{
	struct fx_group *g;

	for (size_t i = 0; i < groups->count; i++) {
		g = &groups->group[i];
		if (g->key == key && g->verdict.kind == verdict->kind)
			return g;
	}
	if (groups->count == FX_FAILURES_MOST)
		return NULL;
	g = &groups->group[groups->count++];
	*g = (struct fx_group){.key = key, .verdict = *verdict};
	snprintf(g->what, sizeof(g->what), "%s", what);
	return g;
}

void fx_group_add(struct fx_group *g, uint64_t count, const uint64_t *seeds, size_t known)
{
	g->count += count;
	for (size_t i = 0; i < known; i++)
		add_seed(g->seeds, &g->seeds_count, seeds[i]);
}

static int more_often(const void *a, const void *b)
{
	const struct fx_group *x = a, *y = b;

	if (x->count != y->count)
		return x->count > y->count ? -1 : 1;
	return x->seeds[0] < y->seeds[0] ? -1 : x->seeds[0] > y->seeds[0];
}

void fx_groups_sort(struct fx_groups *groups)
{
	qsort(groups->group, groups->count, sizeof(groups->group[0]), more_often);
}

void fx_groups_free(struct fx_groups *groups)
{
	for (size_t i = 0; i < groups->count; i++) {
		free(groups->group[i].replay);
		free(groups->group[i].output);
	}
	groups->count = 0;
}
