/* SPDX-License-Identifier: MIT */
#include "loader/test/meets.h"

#include <stdlib.h>

#define WORD_SHIFT 3
#define ROOM	   (1U << 16) /* twice as many as steps are kept */

struct word {
	uint64_t at; /* 0: none */
	uint16_t first;
	bool more, written;
};

static bool is_access(const struct fx_step *step)
{
	return step->kind == FX_EVENT_ATOMIC || step->kind == FX_EVENT_LOAD ||
	       step->kind == FX_EVENT_STORE;
}

static struct word *word_of(struct word *all, const struct fx_step *step)
{
	const uint64_t at = step->what >> WORD_SHIFT;
	size_t i = (size_t)(at * 0x9e3779b97f4a7c15ULL >> 48) % ROOM;

	while (all[i].at && all[i].at != at)
		i = (i + 1) % ROOM;
	if (!all[i].at)
		all[i] = (struct word){.at = at, .first = step->thread};
	return &all[i];
}

bool fx_meets_learn(struct fx_meets *m, const struct fx_schedule_file *file,
		    const struct fx_outcome *outcome)
{
	struct word *all;
	struct fx_step step;

	if (outcome->steps > fx_schedule_file_kept(outcome) ||
	    outcome->unforeseen & FX_UNFORESEEN_PROCESSES)
		return false;
	all = calloc(ROOM, sizeof(*all));
	for (uint64_t i = 0; all && fx_schedule_file_step(file, outcome, i, &step); i++) {
		struct word *w;

		if (!is_access(&step) || !step.what >> WORD_SHIFT)
			continue;
		w = word_of(all, &step);
		w->more |= w->first != step.thread;
		w->written |= step.kind != FX_EVENT_LOAD;
		if (w->more && w->written) {
			const unsigned bit = fx_schedule_bit(step.what);

			m->set[bit / 64] |= 1ULL << bit % 64;
		}
	}
	free(all);
	return all;
}
