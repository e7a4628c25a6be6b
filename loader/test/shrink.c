/* SPDX-License-Identifier: MIT */
#include "loader/test/shrink.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "loader/exit_status.h"
#include "loader/output.h"
#include "loader/test/judge.h"
#include "loader/test/progress.h"
#include "loader/test/result.h"
#include "loader/test/story.h"
#include "loader/test/trial.h"

#define FAILS	  1
#define RUNS_MOST 3000
#define MOST_US	  300000000UL /* five minutes */
#define AGAIN	  20	      /* times that the least schedule is run */

/* As whoever asked for it would name it. */
static char *name_of(const struct fx_test_options *o)
{
	const size_t length = strlen(o->replay);
	const bool json = length > 5 && strcmp(o->replay + length - 5, ".json") == 0;
	char *path;

	if (o->output)
		return strdup(o->output);
	if (asprintf(&path, "%.*s.min.json", (int)(json ? length - 5 : length), o->replay) < 0)
		return NULL;
	return path;
}

/* The file is named from where fxbox was called; the program is run elsewhere. */
static int write_least(const struct fx_replay *least, const char *name, const char *from)
{
	char *path = NULL;
	int result;

	if (*name == '/')
		return fx_replay_write(least, name);
	if (asprintf(&path, "%s/%s", from, name) < 0)
		return -1;
	result = fx_replay_write(least, path);
	free(path);
	return result;
}

/* What is left, of what there was, and what that took. */
static void print_least(const struct fx_trial *t, const struct fx_cost *least, uint64_t took_us,
			bool over, unsigned again)
{
	const struct fx_cost *was = &t->before;

	printf("  %zu preemption%s needed, of %zu", least->preemptions,
	       least->preemptions == 1 ? " is" : "s are", was->preemptions);
	if (least->choices)
		printf(", and %zu choice%s of who goes on where one cannot", least->choices,
		       least->choices == 1 ? "" : "s");
	printf("; %" PRIu64 " switch%s in all, of %" PRIu64 "; %" PRIu64 " runs in %.1f s%s\n",
	       least->switches, least->switches == 1 ? "" : "es", was->switches, t->runs,
	       (double)took_us / 1e6,
	       t->interrupted ? " (interrupted: fewer may do)"
	       : over	      ? " (which is the most: fewer may do)"
			      : "");
	if (again < AGAIN)
		printf("  of %d runs of that schedule only %u were the same and failed: what the "
		       "program does is not by its schedule alone\n",
		       AGAIN, again);
}

/* The last run, which is told of: file and story. */
static int finish(struct fx_trial *t, const struct fx_reduction *r, const char *path,
		  const char *from, uint64_t began_us)
{
	struct fx_order order = fx_trial_order(t, &r->best);
	struct fx_replay least = *t->r;
	struct fx_failure failure = {0};
	char what[FX_FAILURE_WORDS] = "", name[40];
	struct fx_run *run;
	int status = FAILS;
	unsigned again;
	uint64_t key;

	again = fx_trial_again(t, &r->best, AGAIN);
	if (t->told_us)
		dprintf(STDERR_FILENO, "\r\033[K");
	order.told = true;
	run = fx_workers_once(t->w, &order, &t->why);
	if (!run)
		return FX_EXIT_FAILED;
	fx_judge(run, &t->wanted, &failure);
	if (!fx_judge_words(run, what, &key))
		*what = '\0';
	least.decisions = r->best.decision;
	least.count = r->best.count;
	least.what = what;
	least.end = run->outcome.end;
	least.events = run->outcome.events;
	least.threads = run->outcome.threads;
	least.hash = run->outcome.hash;
	fx_verdict_text(&least.verdict, name, sizeof(name));
	fx_print_indented(*what ? what : name, "  ", stdout);
	print_least(t, &r->best.cost, fx_progress_now_us() - began_us, r->over, again);
	if (*t->what && *what && strcmp(t->what, what) != 0)
		printf("  the file's was: %s\n", t->what);
	if (path && write_least(&least, path, from) < 0) {
		dprintf(STDERR_FILENO, "fxbox: %s: %s\n", path, fx_output_error());
		status = FX_EXIT_FAILED;
	} else if (path) {
		printf("  fxbox test --replay %s\n", path);
	}
	fflush(stdout);
	fx_story(run);
	free(failure.decisions);
	free(failure.output);
	fx_workers_free(run);
	return status;
}

/* Room for the best and the candidates; false: there is none. */
static bool make_room(struct fx_reduction *r, const struct fx_replay *replay)
{
	static struct fx_list candidate[FX_AT_ONCE_MOST];
	const size_t room = replay->count + 1;

	r->candidate = candidate;
	r->best.count = replay->count;
	r->best.decision = calloc(room, sizeof(struct fx_decision));
	for (unsigned i = 0; i < r->at_once; i++) {
		candidate[i].decision = calloc(room, sizeof(struct fx_decision));
		if (!candidate[i].decision)
			return false;
	}
	if (r->best.decision)
		memcpy(r->best.decision, replay->decisions,
		       replay->count * sizeof(*replay->decisions));
	return r->best.decision;
}

static void free_room(struct fx_reduction *r)
{
	free(r->best.decision);
	for (unsigned i = 0; i < r->at_once; i++)
		free(r->candidate[i].decision);
}

static int shrink(struct fx_trial *t, struct fx_reduction *r, const struct fx_test_options *o,
		  const char *from)
{
	const uint64_t began_us = fx_progress_now_us();
	const int fails = fx_trial_begin(t, &r->best);
	char *path;
	int status;

	t->until_us = began_us + MOST_US;
	if (fails < 0) {
		if (t->why.status)
			fx_refusal_print(&t->why, STDERR_FILENO);
		return FX_EXIT_FAILED;
	}
	if (fails == 0) {
		printf("the schedule of the file does not fail so any more: nothing to shrink\n");
		return 0;
	}
	fx_reduce(r);
	path = name_of(o);
	status = finish(t, r, path, from, began_us);
	if (status == FX_EXIT_FAILED && t->why.status)
		fx_refusal_print(&t->why, STDERR_FILENO);
	free(path);
	return status;
}

int fx_shrink(struct fx_workers *w, const struct fx_replay *replay, const struct fx_test_options *o,
	      const char *from)
{
	static struct fx_trial t;
	static struct fx_reduction r;
	int status = FX_EXIT_FAILED;

	t = (struct fx_trial){
		.w = w,
		.r = replay,
		.wanted = {.lock_order = replay->verdict.kind == FX_VERDICT_LOCK_ORDER,
			   .expect = replay->expect,
			   .output_same = replay->output_same,
			   .output = replay->output},
		.runs_most = RUNS_MOST,
	};
	r = (struct fx_reduction){
		.at_once = w->count < FX_AT_ONCE_MOST ? w->count : FX_AT_ONCE_MOST,
		.try = fx_trial_try,
		.of = &t,
	};
	if (make_room(&r, replay))
		status = shrink(&t, &r, o, from);
	else
		dprintf(STDERR_FILENO, "fxbox: --shrink: %s\n", strerror(errno));
	free_room(&r);
	return status;
}
