/* SPDX-License-Identifier: MIT */
#include "loader/test/cmd_test.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "loader/exit_status.h"
#include "loader/help_word.h"
#include "loader/output.h"
#include "loader/test/replay.h"
#include "loader/test/result.h"
#include "loader/test/session.h"
#include "loader/test/test_options.h"

#define SOME_FAILED 1

static int print_help(FILE *out)
{
	fputs("Usage: fxbox test [OPTION]... [--] PROGRAM [ARGUMENT]...\n"
	      "       fxbox test --replay=FILE [--shrink [--output=FILE] | --stop]\n"
	      "       fxbox test merge [--json=FILE] [--junit=FILE] FILE...\n"
	      "Run PROGRAM under many schedules of its threads, each chosen by a seed: it has\n"
	      "to end, without a crash, with the status that it should have.\n"
	      "Which schedules:\n"
	      "  --seeds=N|FIRST-LAST          so many, from 1 (1000)\n"
	      "  --time=T                      for so long: 30, 10m, 2h\n"
	      "  --strategy=mix|walk|pct       how threads are chosen (mix)\n"
	      "  --depth=D                     of pct: one more than changes of priority (3)\n"
	      "  --points=mix|calls|atomics|accesses\n"
	      "                                where a thread can be interrupted (mix)\n"
	      "  --shard=K/N                   every N-th seed, from the K-th; N alone: K-1\n"
	      "                                is in JOB_COMPLETION_INDEX\n"
	      "What is a failure:\n"
	      "  --expect=STATUS               another status (0); a signal's name; any\n"
	      "  --output=same|any             other output than the first run's (any)\n"
	      "  --lock-order                  locks in orders that could have hung\n"
	      "  --timeout=T                   more time than that for one run (60)\n"
	      "  --budget=N                    more events than that in one run\n"
	      "How, and what is told:\n"
	      "  --jobs=J                      runs at a time (one for each processor)\n"
	      "  --keep=DIR                    for replay files (fxbox-failures)\n"
	      "  --json=FILE                   the result for programs\n"
	      "  --junit=FILE                  the same as JUnit has it\n"
	      "  --no-tmp                      not a new /tmp for each run\n"
	      "  --no-snapshot                 each run from its start, not from a copy\n"
	      "  and what 'fxbox run --help' has of confinement and shared futexes\n"
	      "Afterwards:\n"
	      "  --replay=FILE                 that very schedule again\n"
	      "  --shrink                      with as few switches as fail, and its story\n"
	      "  --stop                        stopped where it fails, for a debugger\n"
	      "  --help                        show this text\n\n"
	      "Exit status: 0 if none failed, 1 if some did; 125 to 127 as of 'fxbox run'.\n",
	      out);
	return fflush(out) == 0 ? 0 : FX_EXIT_FAILED;
}

static int refused(const struct fx_refusal *why)
{
	fx_refusal_print(why, STDERR_FILENO);
	return why->status;
}

static int usage_error(const struct fx_refusal *why)
{
	fx_refusal_print(why, STDERR_FILENO);
	dprintf(STDERR_FILENO, "Try 'fxbox test --help'.\n");
	return why->status;
}

static int cannot_write(const char *path)
{
	dprintf(STDERR_FILENO, "fxbox: %s: %s\n", path, fx_output_error());
	return FX_EXIT_FAILED;
}

/* What is told of a result, to whoever asked for it; the exit status. */
static int tell(const struct fx_result *r, const char *json, const char *junit)
{
	int status = r->failed ? SOME_FAILED : 0;

	fx_result_print(r, stdout);
	if (fflush(stdout) != 0)
		status = FX_EXIT_FAILED;
	if (json && fx_result_write(r, json) < 0)
		status = cannot_write(json);
	if (junit && fx_junit_write(r, junit) < 0)
		status = cannot_write(junit);
	return status;
}

/* Not static: what fxbox has as data, programs that it runs have under RLIMIT_DATA. */
static struct fx_result *new_results(size_t count, struct fx_refusal *why)
{
	struct fx_result *new = calloc(count, sizeof(*new));

	if (!new)
		fx_refuse(why, FX_EXIT_FAILED, "test", "%s", strerror(errno));
	return new;
}

static int test(const struct fx_test_options *o)
{
	static struct fx_refusal why;
	struct fx_result *result = new_results(1, &why);
	int status;

	if (!result)
		return refused(&why);
	if (fx_session(o, result, &why) < 0)
		status = refused(&why);
	else {
		status = tell(result, o->json, o->junit);
		if (result->interrupted && status == 0)
			raise(SIGINT);
	}
	fx_result_free(result);
	free(result);
	return status;
}

/* Each of the files into sum; 0, or -1 with *why filled. */
static int add_files(struct fx_result *sum, struct fx_result *more, char **file,
		     struct fx_refusal *why)
{
	int r = fx_result_read(sum, *file, why);

	for (file++; r == 0 && *file; file++) {
		r = fx_result_read(more, *file, why);
		if (r < 0)
			break;
		r = fx_result_merge(sum, more, *file, why);
		fx_result_free(more);
	}
	return r;
}

/* fxbox test merge: argv[0] is "merge". */
static int merge(int argc, char **argv)
{
	static struct fx_refusal why;
	static struct fx_test_options o;
	struct fx_result *results; /* the sum, and one more */
	int status;

	if (fx_test_options_parse(argc, argv, &o, &why) < 0)
		return usage_error(&why);
	if (o.help)
		return print_help(stdout);
	if (!*o.program) {
		fx_refuse(&why, FX_EXIT_FAILED, "test merge", "no file of --json is named");
		return usage_error(&why);
	}
	results = new_results(2, &why);
	if (!results)
		return refused(&why);
	if (add_files(&results[0], &results[1], o.program, &why) < 0)
		status = refused(&why);
	else
		status = tell(&results[0], o.json, o.junit);
	fx_result_free(&results[0]);
	free(results);
	return status;
}

int fx_cmd_test(int argc, char **argv)
{
	static struct fx_test_options o;
	static struct fx_refusal why;

	if (argc > 1 && strcmp(argv[1], "merge") == 0)
		return merge(argc - 1, argv + 1);
	if (argc < 2) {
		print_help(stderr);
		return FX_EXIT_FAILED;
	}
	if (fx_test_options_parse(argc, argv, &o, &why) < 0)
		return usage_error(&why);
	if (o.help)
		return print_help(stdout);
	if (o.replay)
		return fx_replay(&o);
	if (!*o.program) {
		fx_refuse(&why, FX_EXIT_FAILED, "test", "no program is named");
		return usage_error(&why);
	}
	return test(&o);
}
