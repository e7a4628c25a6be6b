/* SPDX-License-Identifier: MIT */
#include "loader/test/replay.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "loader/exit_status.h"
#include "loader/test/judge.h"
#include "loader/test/replay_file.h"
#include "loader/test/result.h"
#include "loader/test/session.h"
#include "loader/test/shrink.h"
#include "loader/test/words.h"
#include "loader/test/workers.h"
#include "version.h"

#define FAILS 1

static int refused(const struct fx_refusal *why)
{
	fx_refusal_print(why, STDERR_FILENO);
	return why->status;
}

static struct fx_wanted wanted_of(const struct fx_replay *r)
{
	return (struct fx_wanted){
		.expect = r->expect,
		.output_same = r->output_same,
		.output = r->output,
		.lock_order = r->verdict.kind == FX_VERDICT_LOCK_ORDER,
	};
}

static void print_all(int fd)
{
	size_t length;
	char *text = fx_run_text(fd, SIZE_MAX, &length);

	if (text)
		fwrite(text, 1, length, stdout);
	if (text && length && text[length - 1] != '\n')
		putchar('\n');
	free(text);
}

/* Of the file, the first decision that the run has not come to. */
static const struct fx_decision *missed(const struct fx_replay *r, const struct fx_outcome *o)
{
	for (size_t i = 0; i < r->count; i++) {
		if (r->decisions[i].event > o->events)
			return &r->decisions[i];
	}
	return &r->decisions[r->count - 1];
}

/* At which event the run is another than that of the file, and what differs there. */
static void print_stray(const struct fx_replay *r, const struct fx_outcome *o)
{
	const struct fx_decision *d = o->strayed_at ? &o->strayed_from : missed(r, o);
	const char *then = d->why == FX_WHY_ENDS     ? "ended there, and does not now"
			   : d->why == FX_WHY_SLEEPS ? "slept there, and does not now"
						     : "could go on there, and cannot now";

	printf("  it strays from the file's schedule at event %" PRIu64 ": ",
	       o->strayed_at ? o->strayed_at : o->events);
	if (!o->strayed_at)
		printf("it ends there, and thread %u has not come to its event %" PRIu64, d->from,
		       d->own);
	else if (o->strayed == FX_STRAY_TO)
		printf("thread %u should hand over to thread %u, which cannot go on", d->from,
		       d->to);
	else if (o->strayed == FX_STRAY_FREE)
		printf("thread %u %s", d->from, then);
	else
		printf("thread %u comes to its event %" PRIu64 ", which was event %" PRIu64
		       " of the file",
		       d->from, d->own, d->event);
	printf("; so program, data or machine are not the same as then\n");
}

/* Another fxbox may count other events. */
static void print_writer(const struct fx_replay *r)
{
	const bool by_commit = *r->commit && *fx_replay_commit;

	if (strcmp(r->fxbox, FX_VERSION) == 0 &&
	    !(by_commit && strcmp(r->commit, fx_replay_commit) != 0))
		return;
	printf("  the file was written by fxbox %s", r->fxbox);
	if (by_commit)
		printf(" (commit %s); this is %s (commit %s)\n", r->commit, FX_VERSION,
		       fx_replay_commit);
	else
		printf("; this is %s\n", FX_VERSION);
}

/* How the run ended, and whether it was the one of the file. */
static void print_end(const struct fx_replay *r, const struct fx_run *run,
		      const struct fx_verdict *v)
{
	const struct fx_outcome *o = &run->outcome;
	const bool strays = o->strayed_at || o->followed < r->count;
	char what[FX_FAILURE_WORDS] = "", name[40], was[40];
	uint64_t key;

	fx_verdict_text(v, name, sizeof(name));
	fx_verdict_text(&r->verdict, was, sizeof(was));
	if (!fx_judge_words(run, what, &key))
		*what = '\0';
	printf("%s after %" PRIu64 " events and %" PRIu64 " switches%s", name, o->events,
	       o->switches, *what ? ": " : "");
	fx_print_indented(what, "  ", stdout);
	if (strays)
		print_stray(r, o);
	else if (o->hash == r->hash)
		printf("  the same run as that of the file: %" PRIu64 " events, hash %016" PRIx64
		       "\n",
		       r->events, r->hash);
	else
		printf("  not the run of the file, though each of its decisions was followed: that "
		       "had %" PRIu64 " events, and ended with %s\n",
		       r->events, was);
	if (strays || o->hash != r->hash)
		print_writer(r);
}

static int run_once(struct fx_workers *w, const struct fx_replay *r,
		    const struct fx_test_options *o)
{
	const struct fx_wanted wanted = wanted_of(r);
	struct fx_order order = {
		.seed = r->seed,
		.budget = r->budget,
		.strategy = FX_STRATEGY_REPLAY,
		.depth = r->depth,
		.points = r->points,
		.follow = r->decisions,
		.follows = r->count,
		.told = true,
		.uses = wanted.lock_order,
		.stop = o->stop,
	};
	struct fx_failure failure = {0};
	static struct fx_refusal why;
	struct fx_run *run;
	struct fx_verdict v;

	run = o->stop ? fx_workers_stopping(w, &order, &why) : fx_workers_once(w, &order, &why);
	if (!run)
		return why.status ? refused(&why) : FX_EXIT_FAILED;
	print_all(run->out);
	v = fx_judge(run, &wanted, &failure);
	if (v.kind == FX_VERDICT_BROKEN)
		return v.detail;
	print_end(r, run, &v);
	free(failure.decisions);
	free(failure.output);
	return v.kind == FX_VERDICT_PASSED ? 0 : FAILS;
}

int fx_replay(const struct fx_test_options *o)
{
	static struct fx_workers workers;
	static struct fx_refusal why;
	struct fx_replay r;
	char here[PATH_MAX];
	unsigned jobs = 1;
	int status;

	if (fx_replay_read(&r, o->replay, &why) < 0)
		return refused(&why);

	struct fx_command command = {
		.options = r.options,
		.program = r.program,
		.tmp = r.tmp && !o->no_tmp,
		.copies = !o->no_snapshot && !o->no_confine,
		.timeout_ms = r.timeout_ms,
		.runner = fx_test_runner,
		.uses = r.verdict.kind == FX_VERDICT_LOCK_ORDER,
	};

	if (o->shrink)
		jobs = o->jobs ? o->jobs : fx_workers_processors();
	while (r.options[command.options_count])
		command.options_count++;
	if (!getcwd(here, sizeof(here)))
		snprintf(here, sizeof(here), ".");
	if (chdir(r.directory) < 0) {
		fx_refuse(&why, FX_EXIT_FAILED, r.directory, "where %s was run: %s", o->replay,
			  strerror(errno));
		status = refused(&why);
	} else if (fx_workers_open(&workers, &command, jobs, r.count, &why) < 0) {
		status = refused(&why);
	} else if (o->shrink) {
		status = fx_shrink(&workers, &r, o, here);
	} else {
		status = run_once(&workers, &r, o);
	}
	fx_workers_close(&workers);
	fx_replay_free(&r);
	return fflush(stdout) == 0 ? status : FX_EXIT_FAILED;
}
