/* SPDX-License-Identifier: MIT */
#include "loader/test/plain.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "loader/test/judge.h"
#include "loader/test/words.h"

/* A run that needs so much more than a plain one goes round in circles. */
#define BUDGET_TIMES 20
#define BUDGET_MORE  200000

#define LEARN_FROM   4 /* runs, of which the first is a plain one */

/* Of a mix the points in the middle come first. */
static struct fx_order plain(const struct fx_plain *s)
{
	return (struct fx_order){
		.strategy = FX_STRATEGY_REPLAY,
		.depth = s->o->depth,
		.points = s->points == FX_POINTS_MIX ? FX_POINTS_ATOMICS : s->points,
		.budget = s->o->budget,
	};
}

/* What fxbox said of a run that it could not begin. */
static int refuse_run(const struct fx_run *run, int status, struct fx_refusal *why)
{
	static const char by[] = "fxbox: ";
	char *tail;
	const char *line;

	fx_judge_output(run, &tail);
	line = tail ? tail : "";
	if (strncmp(line, by, sizeof(by) - 1) == 0)
		line += sizeof(by) - 1;
	fx_refuse(why, status, "test", "the program cannot be run: %.*s", (int)strcspn(line, "\n"),
		  line);
	free(tail);
	return -1;
}

/* Judges a plain run. 1: it passed, 0: it failed, which is noted; -1 with *why filled. */
static int judge_plain(struct fx_plain *s, struct fx_run *run, struct fx_refusal *why)
{
	struct fx_failure failure;
	const struct fx_verdict v = fx_judge(run, &s->wanted, &failure);

	if (v.kind == FX_VERDICT_PASSED)
		return 1;
	if (v.kind == FX_VERDICT_BROKEN) {
		free(failure.output);
		free(failure.decisions);
		return refuse_run(run, v.detail, why);
	}
	fx_failures_add(s->failures, &failure);
	return 0;
}

/* Does without what was not asked for and, as it says, cannot be had; false: it is something else.
 */
static bool do_without(struct fx_plain *s, const struct fx_refusal *why)
{
	const char *instead;

	if (s->workers->command.tmp && strstr(why->line, "--tmp")) {
		s->workers->command.tmp = false;
		instead = "runs share /tmp";
	} else if (!s->o->points_given && s->points != FX_POINTS_CALLS &&
		   strstr(why->line, "points")) {
		s->points = s->r->points = FX_POINTS_CALLS;
		instead = "the points are calls alone";
	} else {
		return false;
	}
	dprintf(STDERR_FILENO, "fxbox: %s; so %s\n", why->line, instead);
	return true;
}

static uint64_t budget_for(const struct fx_plain *s, uint64_t events)
{
	return s->o->budget ? s->o->budget : events * BUDGET_TIMES + BUDGET_MORE;
}

/* The first that nothing is learnt from ends it. */
static void learn_from(struct fx_plain *s, struct fx_run *run)
{
	s->meets_known = fx_meets_learn(&s->meets, &run->schedule, &run->outcome);
}

/* The first run: as judge_plain. */
static int run_plain(struct fx_plain *s, struct fx_refusal *why)
{
	struct fx_order order = plain(s);
	struct fx_run *run = fx_workers_once(s->workers, &order, why);
	char *tail;
	int passed;

	if (!run)
		return -1;
	passed = judge_plain(s, run, why);
	if (passed < 0) {
		fx_workers_free(run);
		return do_without(s, why) ? run_plain(s, why) : -1;
	}
	s->wanted.output = fx_judge_output(run, &tail);
	free(tail);
	s->wanted.output_same = s->o->output_same;
	s->wanted.lock_order = s->o->lock_order;
	if (run->outcome.points < order.points) {
		if (s->o->points_given)
			dprintf(STDERR_FILENO, "fxbox: test: the points are %s alone\n",
				fx_points_word(run->outcome.points));
		s->points = s->r->points = run->outcome.points;
	}
	if (s->points != FX_POINTS_MIX)
		learn_from(s, run);
	s->hash = run->outcome.hash;
	s->likely[run->outcome.points] = run->outcome.choices;
	s->r->events = run->outcome.events;
	s->r->threads = run->outcome.threads;
	s->r->unforeseen |= run->outcome.unforeseen;
	s->r->unsound |= run->outcome.unsound;
	s->budget = budget_for(s, run->outcome.events);
	s->r->alone = run->outcome.threads <= 1 &&
		      !(run->outcome.unforeseen & FX_UNFORESEEN_PROCESSES) && passed == 1;
	fx_workers_free(run);
	return passed;
}

/* The second: is the same schedule the same run? */
static int run_again(struct fx_plain *s, struct fx_refusal *why)
{
	struct fx_order order = plain(s);
	struct fx_run *run = fx_workers_once(s->workers, &order, why);
	int passed;

	if (!run)
		return -1;
	passed = judge_plain(s, run, why);
	s->r->unsteady = run->outcome.hash != s->hash;
	s->r->unforeseen |= run->outcome.unforeseen;
	s->r->unsound |= run->outcome.unsound;
	fx_workers_free(run);
	return passed;
}

/* Of a mix, how many events there are at the other points. As judge_plain. */
static int run_mixed(struct fx_plain *s, struct fx_refusal *why)
{
	for (enum fx_points p = FX_POINTS_CALLS; p < FX_POINTS_MIX; p++) {
		struct fx_order order = plain(s);
		struct fx_run *run;
		int passed;

		if (s->likely[p])
			continue;
		order.points = p;
		run = fx_workers_once(s->workers, &order, why);
		if (!run)
			return -1;
		passed = judge_plain(s, run, why);
		s->likely[p] = run->outcome.choices;
		if (budget_for(s, run->outcome.events) > s->budget)
			s->budget = budget_for(s, run->outcome.events);
		if (p == FX_POINTS_ACCESSES)
			learn_from(s, run);
		fx_workers_free(run);
		if (passed != 1)
			return passed;
	}
	return 1;
}

/*
 * Where threads meet, from what is known of a plain run and a few walks that are the same whatever
 * the seeds are; how they end is not asked. As judge_plain.
 */
static int learn(struct fx_plain *s, struct fx_refusal *why)
{
	struct fx_order order = plain(s);

	order.points = s->points == FX_POINTS_MIX ? FX_POINTS_ACCESSES : s->points;
	order.budget = s->budget;
	order.strategy = FX_STRATEGY_WALK;
	for (unsigned i = 1; i < LEARN_FROM && s->meets_known; i++) {
		struct fx_run *run;

		order.seed = UINT64_MAX - (i - 1);
		run = fx_workers_once(s->workers, &order, why);
		if (!run)
			return -1;
		learn_from(s, run);
		fx_workers_free(run);
	}
	return 1;
}

/* How many choices there are where threads meet. */
static int run_met(struct fx_plain *s, struct fx_refusal *why)
{
	for (enum fx_points p = FX_POINTS_CALLS; s->meets_known && p < FX_POINTS_MIX; p++) {
		struct fx_order order = plain(s);
		struct fx_run *run;

		if (!s->likely[p])
			continue;
		order.points = p;
		order.meets = s->meets.set;
		run = fx_workers_once(s->workers, &order, why);
		if (!run)
			return -1;
		s->likely_met[p] = run->outcome.met;
		fx_workers_free(run);
	}
	return 1;
}

int fx_plain_runs(struct fx_plain *s, struct fx_refusal *why)
{
	int passed = run_plain(s, why);

	if (passed == 1 && !s->r->alone)
		passed = run_again(s, why);
	if (passed == 1 && !s->r->alone && s->points == FX_POINTS_MIX)
		passed = run_mixed(s, why);
	if (s->o->strategy != FX_STRATEGY_MIX)
		s->meets_known = false;
	if (passed == 1 && !s->r->alone)
		passed = learn(s, why);
	if (passed == 1 && !s->r->alone)
		passed = run_met(s, why);
	return passed;
}
