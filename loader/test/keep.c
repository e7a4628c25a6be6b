/* SPDX-License-Identifier: MIT */
#include "loader/test/keep.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "loader/output.h"
#include "loader/test/replay_file.h"

#define DIRECTORY "fxbox-failures"

static bool said; /* why no file can be written: once is enough */

static const char *base(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash && slash[1] ? slash + 1 : path;
}

static void say(const char *path)
{
	if (!said)
		dprintf(STDERR_FILENO,
			"fxbox: %s: %s: no replay files are kept (--keep: another directory)\n",
			path, fx_output_error());
	said = true;
}

char *fx_keep(const struct fx_keeping *how, const struct fx_group *g)
{
	const struct fx_test_options *o = how->options;
	const char *directory = o->keep ? o->keep : DIRECTORY;
	const struct fx_failure *f = g->sample;
	char here[PATH_MAX] = "/", *path = NULL;
	char **options = calloc(o->passes + 1, sizeof(*options));
	struct fx_replay replay = {
		.program = o->program,
		.options = options,
		.directory = getcwd(here, sizeof(here)),
		.seed = f->order.seed,
		.strategy = f->order.strategy,
		.depth = f->order.depth,
		.points = f->order.points,
		.budget = how->budget,
		.timeout_ms = o->timeout_ms,
		.tmp = how->tmp,
		.expect = o->expect,
		.output_same = how->wanted.output_same,
		.output = how->wanted.output,
		.verdict = f->verdict,
		.what = g->what,
		.end = f->outcome.end,
		.events = f->outcome.events,
		.threads = f->outcome.threads,
		.hash = f->outcome.hash,
		.decisions = f->decisions,
		.count = f->outcome.decisions,
	};

	if (!options)
		return NULL;
	memcpy(options, o->passed, o->passes * sizeof(*options));
	if (!replay.directory)
		replay.directory = "/";
	if (mkdir(directory, 0777) < 0 && errno != EEXIST) {
		say(directory);
	} else if (asprintf(&path, "%s/%s-%s-%" PRIu64 ".json", directory, base(o->program[0]),
			    fx_verdict_word(f->verdict.kind), f->order.seed) < 0) {
		path = NULL;
	} else if (fx_replay_write(&replay, path) < 0) {
		say(path);
		free(path);
		path = NULL;
	}
	free(options);
	return path;
}
