/* SPDX-License-Identifier: MIT */
#include "loader/test/test_options.h"

#include <ctype.h>
#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "loader/exit_status.h"
#include "loader/options.h"
#include "loader/test/words.h"

#define SEEDS_DEFAULT	1000
#define DEPTH_DEFAULT	3
#define DEPTH_MOST	32
#define TIMEOUT_DEFAULT 60000
#define JOBS_MOST	512

static bool number(const char *text, uint64_t most, uint64_t *value)
{
	char *end;

	errno = 0;
	*value = strtoull(text, &end, 10);
	return *text >= '0' && *text <= '9' && !*end && errno == 0 && *value <= most;
}

/* One of these in this order; its place, or -1. */
static int word_of(const char *text, const char *const *words, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (strcmp(text, words[i]) == 0)
			return (int)i;
	}
	return -1;
}

/* N, or FIRST-LAST. */
static bool set_seeds(struct fx_test_options *o, const char *arg)
{
	const char *dash = strchr(arg, '-');
	uint64_t last;
	char first[24];

	o->first = 1;
	if (!dash)
		return number(arg, UINT64_MAX / 2, &o->seeds) && o->seeds > 0;
	if (dash - arg >= (int)sizeof(first))
		return false;
	memcpy(first, arg, (size_t)(dash - arg));
	first[dash - arg] = '\0';
	if (!number(first, UINT64_MAX / 2, &o->first) || !number(dash + 1, UINT64_MAX / 2, &last) ||
	    o->first == 0 || last < o->first)
		return false;
	o->seeds = last - o->first + 1;
	return true;
}

/* Seconds, with s, m or h behind. */
static bool duration(const char *text, uint64_t *ms)
{
	static const char units[] = "smh";
	static const uint64_t factor[] = {1000, 60000, 3600000};
	char *end;
	double value;
	const char *unit;

	if (!isdigit((unsigned char)*text) && *text != '.')
		return false;
	value = strtod(text, &end);
	unit = *end ? strchr(units, *end) : units;
	if (!unit || (*end && end[1]) || !(value > 0) || value > 1e9)
		return false;
	*ms = (uint64_t)(value * (double)factor[unit - units]);
	return *ms > 0;
}

static bool set_time(struct fx_test_options *o, const char *arg)
{
	return duration(arg, &o->time_ms);
}

static bool set_timeout(struct fx_test_options *o, const char *arg)
{
	return duration(arg, &o->timeout_ms);
}

static bool set_jobs(struct fx_test_options *o, const char *arg)
{
	uint64_t value;
	bool good = number(arg, JOBS_MOST, &value) && value > 0;

	o->jobs = (unsigned)value;
	return good;
}

static bool set_strategy(struct fx_test_options *o, const char *arg)
{
	const int word = fx_strategy_of(arg);

	o->strategy = (enum fx_strategy)word;
	return word >= 0 && word != FX_STRATEGY_REPLAY;
}

static bool set_depth(struct fx_test_options *o, const char *arg)
{
	uint64_t value;
	bool good = number(arg, DEPTH_MOST, &value) && value > 0;

	o->depth = (unsigned)value;
	return good;
}

static bool set_points(struct fx_test_options *o, const char *arg)
{
	const int word = fx_points_of(arg);

	o->points = (enum fx_points)word;
	o->points_given = true;
	return word >= 0;
}

/* A status, a signal's name, or any. */
static bool set_expect(struct fx_test_options *o, const char *arg)
{
	const char *name = strncmp(arg, "SIG", 3) == 0 ? arg + 3 : arg;
	uint64_t value;

	if (strcmp(arg, "any") == 0) {
		o->expect = FX_EXPECT_ANY;
		return true;
	}
	for (int signal = 1; signal < 32; signal++) {
		const char *known = sigabbrev_np(signal);

		if (known && strcmp(name, known) == 0) {
			o->expect = 128 + signal;
			return true;
		}
	}
	if (!number(arg, 255, &value))
		return false;
	o->expect = (int)value;
	return true;
}

static bool set_output_or_file(struct fx_test_options *o, const char *arg)
{
	o->output = arg;
	return *arg != '\0';
}

static bool set_budget(struct fx_test_options *o, const char *arg)
{
	return number(arg, UINT64_MAX / 2, &o->budget) && o->budget > 0;
}

/* K/N; or N, and which is said by the environment, counted from 0. */
static bool set_shard(struct fx_test_options *o, const char *arg)
{
	const char *index = getenv("JOB_COMPLETION_INDEX"), *slash = strchr(arg, '/');
	uint64_t k, n;
	char first[12];

	if (!slash) {
		if (!index || !number(index, UINT32_MAX / 2, &k))
			return false;
		k++;
		slash = arg - 1;
	} else {
		if (slash - arg >= (int)sizeof(first))
			return false;
		memcpy(first, arg, (size_t)(slash - arg));
		first[slash - arg] = '\0';
		if (!number(first, UINT32_MAX / 2, &k))
			return false;
	}
	if (!number(slash + 1, UINT32_MAX / 2, &n) || k < 1 || k > n)
		return false;
	o->shard = (unsigned)k;
	o->shards = (unsigned)n;
	return true;
}

#define TEXT(name)                                                                                 \
	static bool set_##name(struct fx_test_options *o, const char *arg)                         \
	{                                                                                          \
		o->name = arg;                                                                     \
		return *arg != '\0';                                                               \
	}
TEXT(keep)
TEXT(junit)
TEXT(json)
TEXT(replay)

#define FLAG(name)                                                                                 \
	static bool set_##name(struct fx_test_options *o, const char *arg)                         \
	{                                                                                          \
		(void)arg;                                                                         \
		o->name = true;                                                                    \
		return true;                                                                       \
	}
FLAG(no_tmp)
FLAG(no_snapshot)
FLAG(lock_order)
FLAG(shrink)
FLAG(stop)
FLAG(help)

const struct fx_test_option fx_test_option_table[] = {
	{"seeds", "a number, or FIRST-LAST", set_seeds},
	{"time", "a time, as 30, 10m or 2h", set_time},
	{"jobs", "a number from 1 to 512", set_jobs},
	{"strategy", "mix|walk|pct", set_strategy},
	{"depth", "a number from 1 to 32", set_depth},
	{"points", "mix|calls|atomics|accesses", set_points},
	{"expect", "a status, the name of a signal, or any", set_expect},
	{"output", "same|any, or with --shrink a file", set_output_or_file},
	{"lock-order", NULL, set_lock_order},
	{"timeout", "a time, as 10 or 2m", set_timeout},
	{"budget", "a number of events", set_budget},
	{"keep", "a directory", set_keep},
	{"junit", "a file", set_junit},
	{"json", "a file", set_json},
	{"shard", "K/N, or N where JOB_COMPLETION_INDEX tells which", set_shard},
	{"no-tmp", NULL, set_no_tmp},
	{"no-snapshot", NULL, set_no_snapshot},
	{"replay", "a file", set_replay},
	{"shrink", NULL, set_shrink},
	{"stop", NULL, set_stop},
	{"help", NULL, set_help},
	{0},
};

#define own fx_test_option_table
#define OWN (sizeof(own) / sizeof(own[0]) - 1)

bool fx_test_passes(const char *name)
{
	/* Those that each run has of its own, and those that would be in the way. */
	static const char *const names[] = {
		"log",	    "trace",  "quiet",	 "on-crash", "on-deadlock", "spin",  "seed",
		"schedule", "points", "timeout", "stop",     "intercept",   "copies"};

	if (word_of(name, names, sizeof(names) / sizeof(names[0])) >= 0)
		return false;
	for (size_t i = 0; i < OWN; i++) {
		if (strcmp(own[i].name, name) == 0)
			return false;
	}
	return true;
}

/* Its own first; passed[] has, at the place of each that is passed on, its row. For free(). */
static struct option *all_options(const struct fx_option **passed)
{
	static const int has_arg[] = {
		[FX_ARG_NONE] = no_argument,
		[FX_ARG_REQUIRED] = required_argument,
		[FX_ARG_OPTIONAL] = optional_argument,
	};
	size_t n = 0, count = 0;
	struct option *all;

	while (fx_option_table[count].name)
		count++;
	all = calloc(OWN + count + 1, sizeof(*all));
	if (!all)
		return NULL;
	for (; n < OWN; n++)
		all[n] = (struct option){.name = own[n].name,
					 .has_arg = own[n].arg ? required_argument : no_argument};
	for (const struct fx_option *o = fx_option_table; o->name; o++) {
		if (!fx_test_passes(o->name))
			continue;
		passed[n] = o;
		all[n++] = (struct option){.name = o->name, .has_arg = has_arg[o->takes]};
	}
	return all;
}

static int refuse_word(char **argv, int result, struct fx_refusal *why)
{
	const char *word = argv[optind - 1];

	if (result == ':')
		return fx_refuse(why, FX_EXIT_FAILED, word, "this option needs an argument");
	if (optopt && strncmp(word, "--", 2) != 0)
		return fx_refuse(why, FX_EXIT_FAILED, (char[]){'-', (char)optopt, '\0'},
				 "this option is unknown");
	return fx_refuse(why, FX_EXIT_FAILED, word,
			 "this option is unknown, ambiguous, or not for fxbox test");
}

static int refuse_argument(const char *name, const char *given, const char *wanted,
			   struct fx_refusal *why)
{
	char option[32];

	snprintf(option, sizeof(option), "--%s", name);
	return fx_refuse(why, FX_EXIT_FAILED, option, "'%s' is not %s", given, wanted);
}

/* One word, so that it is the same option whatever follows. */
static int pass(struct fx_test_options *o, const struct fx_option *option, const char *arg,
		struct fx_refusal *why)
{
	char *word;

	if (asprintf(&word, arg ? "--%s=%s" : "--%s", option->name, arg) < 0)
		return fx_refuse(why, FX_EXIT_FAILED, "test", "%s", strerror(errno));
	o->passed[o->passes++] = word;
	o->no_confine = o->no_confine || strcmp(option->name, "no-confine") == 0;
	return 0;
}

/* --output is what is compared, or with --shrink a file. */
static int settle_output(struct fx_test_options *o, struct fx_refusal *why)
{
	if (!o->output || o->shrink)
		return 0;
	if (strcmp(o->output, "same") != 0 && strcmp(o->output, "any") != 0)
		return refuse_argument("output", o->output, "same|any", why);
	o->output_same = *o->output == 's';
	o->output = NULL;
	return 0;
}

static int check(struct fx_test_options *o, bool seeds_given, struct fx_refusal *why)
{
	if (settle_output(o, why) < 0)
		return -1;
	if (!o->replay && (o->shrink || o->stop))
		return fx_refuse(why, FX_EXIT_FAILED, o->shrink ? "--shrink" : "--stop",
				 "goes with --replay FILE");
	if (o->shrink && o->stop)
		return fx_refuse(why, FX_EXIT_FAILED, "--stop", "does not go with --shrink");
	if (o->replay && *o->program)
		return fx_refuse(why, FX_EXIT_FAILED, *o->program,
				 "the program that --replay runs is named in the file");
	if (o->lock_order && (o->points == FX_POINTS_CALLS || o->points == FX_POINTS_ATOMICS))
		return fx_refuse(why, FX_EXIT_FAILED, "--lock-order",
				 "goes with --points=mix or accesses");
	if (o->time_ms && !seeds_given)
		o->seeds = 0;
	return 0;
}

int fx_test_options_parse(int argc, char **argv, struct fx_test_options *options,
			  struct fx_refusal *why)
{
	const struct fx_option *passed[OWN + 256] = {NULL};
	struct option *known = all_options(passed);
	bool seeds_given = false;
	int result, index = 0;

	*options = (struct fx_test_options){
		.first = 1,
		.seeds = SEEDS_DEFAULT,
		.strategy = FX_STRATEGY_MIX,
		.depth = DEPTH_DEFAULT,
		.points = FX_POINTS_MIX,
		.timeout_ms = TIMEOUT_DEFAULT,
		.shard = 1,
		.shards = 1,
		.passed = calloc((size_t)argc + 1, sizeof(char *)),
	};
	if (!known || !options->passed)
		return fx_refuse(why, FX_EXIT_FAILED, "test", "%s", strerror(errno));
	opterr = 0;
	optind = 0; /* starts glibc's getopt anew */
	while ((result = getopt_long(argc, argv, "+:h", known, &index)) != -1) {
		if (result == 'h') {
			options->help = true;
		} else if (result != 0) {
			free(known);
			return refuse_word(argv, result, why);
		} else if (passed[index]) {
			if (pass(options, passed[index], optarg, why) < 0)
				return -1;
		} else if (!own[index].set(options, optarg)) {
			free(known);
			return refuse_argument(own[index].name, optarg, own[index].arg, why);
		} else {
			seeds_given = seeds_given || strcmp(own[index].name, "seeds") == 0;
		}
	}
	free(known);
	options->program = argv + optind;
	return check(options, seeds_given, why);
}
