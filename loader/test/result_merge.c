/* SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>

#include "loader/exit_status.h"
#include "loader/test/result.h"

static bool same_program(char *const *a, char *const *b)
{
	while (*a && *b && strcmp(*a, *b) == 0) {
		a++;
		b++;
	}
	return !*a && !*b;
}

/* The group's file and output are those of the lower seed. */
static void merge_group(struct fx_result *sum, const struct fx_group *g)
{
	struct fx_group *to = fx_groups_of(&sum->groups, &g->verdict, g->key, g->what);

	if (!to) {
		sum->unsorted += g->count;
		return;
	}
	if (g->seeds_count && (to->seeds_count == 0 || g->seeds[0] < to->seeds[0])) {
		free(to->replay);
		free(to->output);
		to->replay = g->replay ? strdup(g->replay) : NULL;
		to->output = g->output ? strdup(g->output) : NULL;
		to->again = g->again;
		memcpy(to->refused, g->refused, sizeof(to->refused));
	}
	fx_group_add(to, g->count, g->seeds, g->seeds_count);
}

int fx_result_merge(struct fx_result *sum, const struct fx_result *more, const char *path,
		    struct fx_refusal *why)
{
	if (!same_program(sum->program, more->program))
		return fx_refuse(why, FX_EXIT_FAILED, path,
				 "is of another program, or of other arguments: '%s'",
				 more->program[0]);
	sum->done += more->done;
	sum->failed += more->failed;
	sum->unsorted += more->unsorted;
	sum->unforeseen |= more->unforeseen;
	sum->copied += more->copied;
	sum->unsound |= more->unsound;
	sum->schedules ^= more->schedules;
	sum->plain_failed |= more->plain_failed;
	sum->alone &= more->alone;
	sum->unsteady |= more->unsteady;
	sum->interrupted |= more->interrupted;
	sum->lock_order |= more->lock_order;
	sum->locks_looked += more->locks_looked;
	sum->locks_left += more->locks_left;
	/* They ran at the same time, as far as anybody can tell. */
	if (more->took_us > sum->took_us)
		sum->took_us = more->took_us;
	if (more->events > sum->events)
		sum->events = more->events;
	if (more->threads > sum->threads)
		sum->threads = more->threads;
	for (size_t i = 0; i < more->groups.count; i++)
		merge_group(sum, &more->groups.group[i]);
	fx_groups_sort(&sum->groups);
	sum->shard = sum->shards = 1;
	return 0;
}
