/* SPDX-License-Identifier: MIT */
#include "loader/test/session.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "loader/cmd_logs.h"
#include "loader/exit_status.h"
#include "loader/test/fnv.h"
#include "loader/test/judge.h"
#include "loader/test/keep.h"
#include "loader/test/own_tmp.h"
#include "loader/test/plain.h"
#include "loader/test/plan.h"
#include "loader/test/progress.h"
#include "loader/test/workers.h"

/* Closer looks: each takes some tenths of a second. */
#define LOOKS_MOST 24

const char *fx_test_runner;

struct session {
	const struct fx_test_options *o;
	struct fx_result *r;
	struct fx_workers workers;
	struct fx_plain plain;
	struct fx_failures *failures;
	struct fx_progress progress;
};

static uint64_t mixed(uint64_t seed, uint64_t hash)
{
	const uint64_t both[2] = {seed, hash};

	return fx_fnv(FX_FNV_BEGIN, both, sizeof(both));
}

/* Whether its locks were looked at. */
static void note_locks(struct session *s, const struct fx_run *run)
{
	if (run->locks == FX_LOCKS_TOO_MANY || run->locks == FX_LOCKS_FAILED)
		s->r->locks_left++;
	else
		s->r->locks_looked++;
}

static void take(struct session *s, struct fx_run *run)
{
	struct fx_failure failure;

	s->r->done++;
	s->r->unforeseen |= run->outcome.unforeseen;
	s->r->unsound |= run->outcome.unsound;
	s->r->copied += run->copied;
	s->r->schedules ^= mixed(run->order.seed, run->outcome.hash);
	if (fx_judge(run, &s->plain.wanted, &failure).kind != FX_VERDICT_PASSED)
		fx_failures_add(s->failures, &failure);
	if (run->order.uses && run->outcome.points == FX_POINTS_ACCESSES)
		note_locks(s, run);
	fx_workers_free(run);
}

static bool time_is_over(const struct session *s)
{
	return s->o->time_ms && fx_progress_now_us() - s->progress.began_us >= s->o->time_ms * 1000;
}

static int start(struct session *s, struct fx_run *run, struct fx_order *order,
		 struct fx_refusal *why)
{
	order->points = fx_plan_points(s->plain.points, order->seed);
	order->likely = s->plain.likely[order->points];
	order->likely_met = s->plain.likely_met[order->points];
	order->meets = s->plain.meets_known ? s->plain.meets.set : NULL;
	/* Without those accesses nobody knows what keeps locks apart. */
	order->uses = s->o->lock_order && order->points == FX_POINTS_ACCESSES;
	return fx_workers_start(&s->workers, run, order, why);
}

static int run_seeds(struct session *s, struct fx_refusal *why)
{
	const struct fx_plan plan = {.first = s->o->first,
				     .seeds = s->o->seeds,
				     .shard = s->o->shard,
				     .shards = s->o->shards};
	struct fx_order order = {
		.budget = s->plain.budget, .strategy = s->o->strategy, .depth = s->o->depth};
	uint64_t begun = 0;
	bool more = true;

	fx_progress_begin(&s->progress, fx_plan_count(&plan));
	while (!s->workers.interrupted && (more || begun > s->r->done)) {
		struct fx_run *run = more ? fx_workers_idle(&s->workers) : NULL;

		if (more && time_is_over(s))
			more = false;
		else if (run && !(more = fx_plan_seed(&plan, begun, &order.seed)))
			continue;
		else if (run && start(s, run, &order, why) < 0)
			return -1;
		else if (run)
			begun++;
		else if ((run = fx_workers_wait(&s->workers, 200)))
			take(s, run);
		fx_progress_tell(&s->progress, s->r->done, s->failures);
	}
	s->r->took_us = fx_progress_now_us() - s->progress.began_us;
	return 0;
}

static int by_seed(const void *a, const void *b)
{
	const struct fx_failure *x = a, *y = b;

	return x->order.seed < y->order.seed ? -1 : x->order.seed > y->order.seed;
}

/* Runs its schedule once more, to be told where its threads are. */
static enum fx_again look(struct session *s, const struct fx_failure *f,
			  char what[static FX_FAILURE_WORDS], uint64_t *key,
			  char refused[static FX_REFUSED_WORDS])
{
	struct fx_order order = f->order;
	struct fx_failure again = {0};
	enum fx_again result;
	struct fx_refusal why;
	struct fx_run *run;
	struct fx_verdict v;

	if (!(f->outcome.unforeseen & FX_UNFORESEEN_FULL)) {
		order.strategy = FX_STRATEGY_REPLAY;
		order.follow = f->decisions;
		order.follows = f->outcome.decisions;
	}
	order.told = true;
	run = fx_workers_once(&s->workers, &order, &why);
	if (!run)
		return FX_AGAIN_NOT_TRIED;
	v = fx_judge(run, &s->plain.wanted, &again);
	if (v.kind != f->verdict.kind || v.detail != f->verdict.detail)
		result = FX_AGAIN_PASSES;
	else if (run->outcome.hash == f->outcome.hash)
		result = FX_AGAIN_SAME;
	else
		result = FX_AGAIN_SAME_KIND;
	if (result == FX_AGAIN_PASSES || !fx_judge_words(run, what, key))
		*what = '\0';
	fx_judge_refused(run, refused);
	free(again.decisions);
	free(again.output);
	fx_workers_free(run);
	return result;
}

static void to_group(struct session *s, struct fx_failure *f, bool close)
{
	char what[FX_FAILURE_WORDS] = "", refused[FX_REFUSED_WORDS] = "";
	uint64_t key = f->signature;
	enum fx_again again = FX_AGAIN_NOT_TRIED;
	struct fx_group *g;

	if (close && !s->workers.interrupted)
		again = look(s, f, what, &key, refused);
	if (!*what)
		key = f->signature;
	g = fx_groups_of(&s->r->groups, &f->verdict, key, what);
	if (!g) {
		s->r->unsorted += f->count;
		return;
	}
	if (!g->sample) {
		g->sample = f;
		g->again = again;
		memcpy(g->refused, refused, sizeof(g->refused));
		g->output = f->output ? strdup(f->output) : NULL;
	}
	fx_group_add(g, f->count, f->seeds, f->seeds_count);
}

/* Of each kind in turn, so that one of many faces does not take all looks. */
static void look_closer(struct session *s)
{
	struct fx_failures *all = s->failures;
	unsigned looked[FX_VERDICT_KINDS] = {0};

	fx_progress_say(&s->progress, "looking closer at what failed");
	qsort(all->failure, all->count, sizeof(all->failure[0]), by_seed);
	for (size_t i = 0; i < all->count; i++) {
		struct fx_failure *f = &all->failure[i];

		to_group(s, f, looked[f->verdict.kind]++ < LOOKS_MOST / 3);
	}
	fx_groups_sort(&s->r->groups);
	s->r->failed = all->all;
	s->r->unsorted += all->unsorted;
}

static void keep(struct session *s)
{
	const struct fx_keeping how = {.options = s->o,
				       .wanted = s->plain.wanted,
				       .budget = s->plain.budget,
				       .tmp = s->workers.command.tmp};

	for (size_t i = 0; i < s->r->groups.count; i++) {
		struct fx_group *g = &s->r->groups.group[i];

		if (g->sample)
			g->replay = fx_keep(&how, g);
		g->sample = NULL;
	}
}

static int run_all(struct session *s, struct fx_refusal *why)
{
	int passed = fx_plain_runs(&s->plain, why);

	if (passed == 1 && !s->r->alone)
		return run_seeds(s, why);
	s->r->plain_failed = passed == 0;
	return passed < 0 ? -1 : 0;
}

/* Who names what locks are. */
static bool has_report(const struct fx_test_options *o, struct fx_refusal *why)
{
	char path[2 * PATH_MAX];
	int fd;

	if (!o->lock_order)
		return true;
	fd = fx_report_program_open(path);
	if (fd < 0) {
		fx_refuse(why, FX_EXIT_FAILED, "--lock-order", "fxbox-report: %s", strerror(errno));
		return false;
	}
	close(fd);
	return true;
}

int fx_session(const struct fx_test_options *o, struct fx_result *r, struct fx_refusal *why)
{
	const struct fx_command command = {
		.options = o->passed,
		.options_count = o->passes,
		.program = o->program,
		.tmp = fx_own_tmp(o),
		.copies = !o->no_snapshot && !o->no_confine,
		.timeout_ms = o->timeout_ms,
		.runner = fx_test_runner,
		.uses = o->lock_order,
	};
	struct session *s = calloc(1, sizeof(*s));
	unsigned jobs = o->jobs ? o->jobs : fx_workers_processors();
	int status = -1;

	*r = (struct fx_result){.program = o->program,
				.first = o->first,
				.seeds = o->seeds,
				.shard = o->shard,
				.shards = o->shards,
				.strategy = o->strategy,
				.depth = o->depth,
				.points = o->points,
				.lock_order = o->lock_order};
	if (!has_report(o, why)) {
		free(s);
		return -1;
	}
	if (!s || !(s->failures = calloc(1, sizeof(*s->failures))))
		return fx_refuse(why, FX_EXIT_FAILED, "test", "%s", strerror(errno));
	s->o = o;
	s->r = r;
	s->plain = (struct fx_plain){.o = o,
				     .r = r,
				     .workers = &s->workers,
				     .failures = s->failures,
				     .wanted = {.expect = o->expect},
				     .points = o->points};
	if (fx_workers_open(&s->workers, &command, jobs, 1U << 18, why) == 0) {
		status = run_all(s, why);
		r->interrupted = s->workers.interrupted != 0;
		s->workers.interrupted = 0;
		if (status == 0) {
			look_closer(s);
			keep(s);
		}
		fx_progress_end(&s->progress);
		/* Interrupted before anything was known. */
		if (status < 0 && why->status == 0)
			status = 0;
	}
	fx_workers_close(&s->workers);
	fx_failures_free(s->failures);
	free(s->failures);
	free(s);
	return status;
}
