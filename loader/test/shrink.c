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
#include "loader/test/story.h"

#define FAILS	  1
#define RUNS_MOST 5000
#define TOLD_US	  200000

struct shrink {
	struct fx_workers *w;
	const struct fx_replay *r;
	struct fx_wanted wanted;
	struct fx_decision *list, *candidate; /* what is left; room for as many */
	size_t count, before;
	uint64_t runs, told_us;
	struct fx_refusal why;
	bool over; /* interrupted, or enough */
};

static struct fx_order order_of(const struct shrink *s, const struct fx_decision *list,
				size_t count)
{
	return (struct fx_order){
		.seed = s->r->seed,
		.budget = s->r->budget,
		.strategy = FX_STRATEGY_REPLAY,
		.depth = s->r->depth,
		.points = s->r->points,
		.follow = list,
		.follows = count,
	};
}

static void tell(struct shrink *s)
{
	const uint64_t now = fx_progress_now_us();

	if (!isatty(STDERR_FILENO) || now - s->told_us < TOLD_US)
		return;
	s->told_us = now;
	dprintf(STDERR_FILENO, "\r\033[K%zu of %zu decisions left, %" PRIu64 " runs", s->count,
		s->before, s->runs);
}

/* Whether these decisions are enough for the file's kind of failure. */
static bool fails(struct shrink *s, const struct fx_decision *list, size_t count)
{
	const struct fx_order order = order_of(s, list, count);
	struct fx_failure failure = {0};
	struct fx_verdict v;
	struct fx_run *run;

	if (s->over || ++s->runs > RUNS_MOST || !(run = fx_workers_once(s->w, &order, &s->why))) {
		s->over = true;
		return false;
	}
	v = fx_judge(run, &s->wanted, &failure);
	free(failure.decisions);
	free(failure.output);
	fx_workers_free(run);
	tell(s);
	return v.kind == s->r->verdict.kind && v.detail == s->r->verdict.detail;
}

/* Without `length` of them from `begin` on. */
static size_t without(struct shrink *s, size_t begin, size_t length)
{
	const size_t behind = s->count - begin - length;

	memcpy(s->candidate, s->list, begin * sizeof(*s->list));
	memcpy(s->candidate + begin, s->list + begin + length, behind * sizeof(*s->list));
	return begin + behind;
}

/*
 * Delta debugging: leaves out parts of the list, from its end, where what follows cannot be led
 * astray; halves the parts when none can be spared; ends when no single decision can.
 */
static void reduce(struct shrink *s)
{
	size_t length = s->count;
	bool spared;

	while (length > 0 && !s->over) {
		spared = false;
		for (size_t end = s->count; end > 0 && !s->over;) {
			const size_t part = length < end ? length : end, begin = end - part;
			const size_t left = without(s, begin, part);

			if (fails(s, s->candidate, left)) {
				memcpy(s->list, s->candidate, left * sizeof(*s->list));
				s->count = left;
				spared = true;
			}
			end = begin;
		}
		if (!spared)
			length /= 2;
		if (length > s->count)
			length = s->count;
	}
}

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

/* The last run, which is told of: file and story. */
static int finish(struct shrink *s, const char *path)
{
	struct fx_order order = order_of(s, s->list, s->count);
	struct fx_replay least = *s->r;
	struct fx_failure failure = {0};
	char what[FX_HANG_WORDS] = "", name[40];
	struct fx_verdict v;
	struct fx_run *run;
	uint64_t key;
	int status = FAILS;

	order.told = true;
	s->w->interrupted = 0;
	run = fx_workers_once(s->w, &order, &s->why);
	if (!run)
		return FX_EXIT_FAILED;
	v = fx_judge(run, &s->wanted, &failure);
	if (!fx_judge_words(run, what, &key))
		*what = '\0';
	least.decisions = s->list;
	least.count = s->count;
	least.verdict = v;
	least.what = what;
	least.end = run->outcome.end;
	least.events = run->outcome.events;
	least.threads = run->outcome.threads;
	least.hash = run->outcome.hash;
	fx_verdict_text(&v, name, sizeof(name));
	printf("%s\n  needs %zu of %zu decisions, as %" PRIu64 " runs have shown\n",
	       *what ? what : name, s->count, s->before, s->runs);
	if (*s->r->what && *what && strcmp(s->r->what, what) != 0)
		printf("  the file's was: %s\n", s->r->what);
	if (path && fx_replay_write(&least, path) < 0) {
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

int fx_shrink(struct fx_workers *w, const struct fx_replay *r, const struct fx_test_options *o)
{
	static struct shrink s;
	char *path = name_of(o);
	int status;

	s = (struct shrink){
		.w = w,
		.r = r,
		.wanted = {.expect = r->expect, .output_same = r->output_same, .output = r->output},
		.list = calloc(r->count + 1, sizeof(*s.list)),
		.candidate = calloc(r->count + 1, sizeof(*s.list)),
		.count = r->count,
		.before = r->count,
	};
	if (!s.list || !s.candidate) {
		dprintf(STDERR_FILENO, "fxbox: --shrink: %s\n", strerror(errno));
		return FX_EXIT_FAILED;
	}
	memcpy(s.list, r->decisions, r->count * sizeof(*s.list));
	if (fails(&s, s.list, s.count)) {
		reduce(&s);
		if (s.told_us)
			dprintf(STDERR_FILENO, "\r\033[K");
		status = finish(&s, path);
	} else if (s.over) {
		if (s.why.status)
			fx_refusal_print(&s.why, STDERR_FILENO);
		status = FX_EXIT_FAILED;
	} else {
		printf("the schedule of the file does not fail so any more: nothing to shrink\n");
		status = 0;
	}
	free(s.list);
	free(s.candidate);
	free(path);
	return status;
}
