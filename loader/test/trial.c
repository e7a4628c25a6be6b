/* SPDX-License-Identifier: MIT */
#include "loader/test/trial.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "loader/test/judge.h"
#include "loader/test/progress.h"
#include "loader/test/signature.h"

#define TOLD_US 200000

struct fx_order fx_trial_order(const struct fx_trial *t, const struct fx_list *list)
{
	return (struct fx_order){
		.seed = t->r->seed,
		.budget = t->r->budget,
		.strategy = FX_STRATEGY_REPLAY,
		.depth = t->r->depth,
		.points = t->r->points,
		.follow = list->decision,
		.follows = list->count,
		.uses = t->wanted.lock_order,
	};
}

static bool same_verdict(const struct fx_trial *t, const struct fx_verdict *v)
{
	return v->kind == t->r->verdict.kind && v->detail == t->r->verdict.detail;
}

/* The decisions of the run that are not the usual ones, and what it cost. At most `room`. */
static bool take_decisions(struct fx_list *list, size_t room, const struct fx_failure *f)
{
	const struct fx_decision *d = f->decisions;

	list->count = 0;
	for (size_t i = 0; i < f->outcome.decisions; i++) {
		if (d[i].how & FX_HOW_USUAL)
			continue;
		if (list->count == room)
			return false;
		list->decision[list->count++] = d[i];
	}
	fx_cost_count(list, &list->cost);
	list->cost.switches = f->outcome.switches;
	list->cost.events = f->outcome.events;
	return !(f->outcome.unforeseen & FX_UNFORESEEN_FULL);
}

static void tell(struct fx_trial *t)
{
	const uint64_t now = fx_progress_now_us();

	if (!isatty(STDERR_FILENO) || now - t->told_us < TOLD_US)
		return;
	t->told_us = now;
	dprintf(STDERR_FILENO, "\r\033[K%zu of %zu preemptions left, %" PRIu64 " runs",
		t->now.preemptions, t->before.preemptions, t->runs);
}

/* What a look at such a run says; false: nothing, or it is another failure. */
static bool look(struct fx_trial *t, struct fx_order order, char what[static FX_FAILURE_WORDS],
		 uint64_t *key)
{
	struct fx_failure failure = {0};
	struct fx_run *run;
	struct fx_verdict v;
	bool known;

	order.told = true;
	t->runs++;
	run = fx_workers_once(t->w, &order, &t->why);
	if (!run)
		return false;
	v = fx_judge(run, &t->wanted, &failure);
	known = same_verdict(t, &v) && fx_judge_words(run, what, key);
	free(failure.decisions);
	free(failure.output);
	fx_workers_free(run);
	return known;
}

/* Whether what has that signature is the file's failure. Looks once at each signature. */
static bool alike(struct fx_trial *t, uint64_t signature, const struct fx_order *order)
{
	char what[FX_FAILURE_WORDS];
	uint64_t key = 0;

	if (signature == t->signature)
		return true;
	for (unsigned i = 0; i < t->looks; i++) {
		if (t->looked[i].signature == signature)
			return t->looked[i].alike;
	}
	if (!t->known || t->looks == FX_LOOKS_MOST)
		return false;
	t->looked[t->looks].signature = signature;
	t->looked[t->looks].alike = look(t, *order, what, &key) && key == t->key;
	return t->looked[t->looks++].alike;
}

/*
 * Of a crash of which a closer look says nothing, and that printed something, that is enough: who
 * came to the last event before it may have nothing to do with it.
 */
static uint64_t signature_of(const struct fx_trial *t, const struct fx_run *run,
			     const struct fx_failure *f)
{
	struct fx_outcome outcome = run->outcome;

	if (t->known || f->verdict.kind != FX_VERDICT_CRASH || !f->output || !*f->output)
		return f->signature;
	outcome.steps = 0;
	return fx_signature(&f->verdict, &run->schedule, &outcome, f->output);
}

/* Its failure is filled if it failed in any way; and whether by the verdict that is looked for. */
static bool judge(const struct fx_trial *t, struct fx_run *run, struct fx_failure *failure)
{
	const struct fx_verdict v = fx_judge(run, &t->wanted, failure);

	if (!same_verdict(t, &v))
		return false;
	failure->signature = signature_of(t, run, failure);
	return true;
}

int fx_trial_begin(struct fx_trial *t, struct fx_list *list)
{
	struct fx_order order = fx_trial_order(t, list);
	struct fx_failure failure = {0};
	struct fx_run *run;

	t->known = look(t, order, t->what, &t->key);
	if (t->why.status)
		return -1;
	t->runs++;
	run = fx_workers_once(t->w, &order, &t->why);
	if (!run)
		return -1;
	if (judge(t, run, &failure)) {
		t->signature = failure.signature;
		list->fails = take_decisions(list, list->count, &failure);
		t->before = t->now = list->cost;
	}
	fx_workers_free(run);
	free(failure.decisions);
	free(failure.output);
	return list->fails;
}

/* One of several runs at once: what it is to do, and what came of it. */
struct one {
	struct fx_order order;
	struct fx_run *run;
	bool fails; /* by the verdict that is looked for */
	uint64_t hash;
	struct fx_failure failure;
};

/* How many were begun; all that were have ended. */
static unsigned run_all(struct fx_trial *t, struct one *one, unsigned count)
{
	unsigned begun = 0;

	for (; begun < count; begun++) {
		one[begun].run = fx_workers_idle(t->w);
		if (!one[begun].run ||
		    fx_workers_start(t->w, one[begun].run, &one[begun].order, &t->why) < 0)
			break;
	}
	for (unsigned ended = 0; ended < begun;) {
		struct fx_run *done = fx_workers_wait(t->w, -1);

		if (!done) {
			/* What has begun comes to its end. */
			t->interrupted = true;
			t->w->interrupted = 0;
			continue;
		}
		for (unsigned i = 0; i < begun; i++) {
			if (one[i].run != done)
				continue;
			one[i].fails = judge(t, done, &one[i].failure);
			one[i].hash = done->outcome.hash;
		}
		ended++;
	}
	for (unsigned i = 0; i < begun; i++)
		fx_workers_free(one[i].run);
	t->runs += begun;
	tell(t);
	return begun;
}

static void free_one(struct one *one)
{
	free(one->failure.decisions);
	free(one->failure.output);
}

bool fx_trial_try(void *trial, struct fx_list *candidate, unsigned count)
{
	struct one one[FX_AT_ONCE_MOST] = {0};
	struct fx_trial *t = trial;
	unsigned begun;

	for (unsigned i = 0; i < count; i++) {
		one[i].order = fx_trial_order(t, &candidate[i]);
		one[i].order.loose = true;
		candidate[i].fails = false;
	}
	begun = run_all(t, one, count);
	for (unsigned i = 0; i < begun; i++) {
		struct fx_list *c = &candidate[i];

		c->fails = one[i].fails && alike(t, one[i].failure.signature, &one[i].order) &&
			   take_decisions(c, c->count, &one[i].failure);
		if (c->fails && fx_cost_less(&c->cost, &t->now))
			t->now = c->cost;
		free_one(&one[i]);
	}
	return begun == count && !t->interrupted && t->runs < t->runs_most &&
	       fx_progress_now_us() < t->until_us;
}

unsigned fx_trial_again(struct fx_trial *t, const struct fx_list *list, unsigned times)
{
	const unsigned at_once = t->w->count < FX_AT_ONCE_MOST ? t->w->count : FX_AT_ONCE_MOST;
	unsigned same = 0, begun = 1;
	uint64_t hash = 0;

	for (unsigned done = 0; done < times && begun > 0; done += begun) {
		struct one one[FX_AT_ONCE_MOST] = {0};
		const unsigned left = times - done;

		for (unsigned i = 0; i < at_once; i++)
			one[i].order = fx_trial_order(t, list);
		begun = run_all(t, one, left < at_once ? left : at_once);
		for (unsigned i = 0; i < begun; i++) {
			if (done + i == 0)
				hash = one[i].hash;
			same += one[i].fails && one[i].hash == hash;
			free_one(&one[i]);
		}
	}
	return same;
}
