/* SPDX-License-Identifier: MIT */
#include "loader/test/lock_order.h"

#include <stdlib.h>

#include "loader/test/fnv.h"
#include "loader/test/lock_edges.h"
#include "loader/test/lock_kinds.h"
#include "loader/test/lock_sites.h"

#define LOOKS_MOST 4000000U

struct search {
	const struct fx_lock_edges *edges;
	const struct fx_lock_edge *path[FX_CIRCLE_MOST];
	size_t length; /* of the circle that is looked for */
	unsigned looks;
};

/* Whether one has to have come to its second lock before the other does. */
static bool in_turn(const struct fx_lock_edge *one, const struct fx_lock_edge *other)
{
	return other->before[one->thread] > one->at || one->before[other->thread] > other->at;
}

/* A lock that both have, and not only to read, keeps them apart. */
static bool kept_apart(const struct fx_lock_edge *one, const struct fx_lock_edge *other)
{
	for (unsigned i = 0; i < one->alls; i++) {
		for (unsigned k = 0; k < other->alls; k++) {
			if (one->all[i].lock == other->all[k].lock &&
			    !(one->all[i].reads && other->all[k].reads))
				return true;
		}
	}
	return false;
}

static bool waits_for(const struct fx_lock_edge *one, const struct fx_lock_edge *other)
{
	return one->wants.lock == other->has.lock && !(one->wants.reads && other->has.reads);
}

static bool fits(const struct search *s, size_t depth, const struct fx_lock_edge *e)
{
	if (!waits_for(s->path[depth - 1], e))
		return false;
	for (size_t i = 0; i < depth; i++) {
		const struct fx_lock_edge *one = s->path[i];

		if (one->thread == e->thread || one->has.lock == e->has.lock || in_turn(one, e) ||
		    kept_apart(one, e))
			return false;
	}
	return true;
}

/* Whether the path can be made a circle of that length. */
static bool go_on(struct search *s, size_t depth)
{
	if (depth == s->length)
		return waits_for(s->path[depth - 1], s->path[0]);
	for (size_t i = 0; i < s->edges->count && s->looks < LOOKS_MOST; i++) {
		s->looks++;
		if (!fits(s, depth, &s->edges->edge[i]))
			continue;
		s->path[depth] = &s->edges->edge[i];
		if (go_on(s, depth + 1))
			return true;
	}
	return false;
}

static struct fx_lock_taken taken(const struct fx_lock_held *held)
{
	return (struct fx_lock_taken){.lock = held->lock,
				      .caller = held->caller,
				      .outer = held->outer,
				      .reads = held->reads};
}

static bool find(const struct fx_lock_edges *edges, struct fx_lock_circle *circle)
{
	struct search s = {.edges = edges};

	for (s.length = 2; s.length <= FX_CIRCLE_MOST; s.length++) {
		for (size_t i = 0; i < edges->count; i++) {
			s.path[0] = &edges->edge[i];
			if (!go_on(&s, 1))
				continue;
			circle->count = s.length;
			for (size_t k = 0; k < s.length; k++)
				circle->wait[k] = (struct fx_lock_wait){s.path[k]->thread,
									taken(&s.path[k]->has),
									taken(&s.path[k]->wants)};
			return true;
		}
	}
	return false;
}

enum fx_lock_answer fx_lock_order(const struct fx_schedule_file *file,
				  const struct fx_outcome *outcome, struct fx_lock_circle *circle)
{
	enum fx_lock_answer answer = FX_LOCKS_FAILED;
	struct fx_lock_edges edges = {0};
	struct fx_lock_sites sites = {0};
	struct fx_lock_kinds kinds = {0};
	struct fx_use *use;
	size_t count;

	circle->count = 0;
	if (outcome->threads < 2)
		return FX_LOCKS_IN_ORDER;
	use = fx_schedule_file_uses(file, outcome, &count);
	if (!use)
		return outcome->uses ? FX_LOCKS_TOO_MANY : FX_LOCKS_IN_ORDER;
	if (fx_lock_sites(file, use, count, &sites) && fx_lock_kinds(use, count, &sites, &kinds)) {
		if (!fx_lock_edges(use, count, &sites, &kinds, &edges))
			answer = FX_LOCKS_TOO_MANY;
		else
			answer = find(&edges, circle) ? FX_LOCKS_CIRCLE : FX_LOCKS_IN_ORDER;
	}
	free(edges.edge);
	fx_lock_kinds_free(&kinds);
	fx_lock_sites_free(&sites);
	free(use);
	return answer;
}

uint64_t fx_lock_circle_key(const struct fx_lock_circle *circle)
{
	uint64_t sum = 0;

	/* Locks in memory of the heap lie elsewhere each time. */
	for (size_t i = 0; i < circle->count; i++) {
		const struct fx_lock_wait *w = &circle->wait[i];
		const uint64_t all[] = {w->has.caller, w->has.outer, w->wants.caller,
					w->wants.outer};

		sum += fx_fnv(FX_FNV_BEGIN, all, sizeof(all));
	}
	return sum;
}
