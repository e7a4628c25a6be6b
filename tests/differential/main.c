/* SPDX-License-Identifier: MIT */
/*
 * futex_fuzz: makes random sequences of futex operations over several threads,
 * from a seed, and prints a hash of all that came of each. Run natively and
 * under fxbox (see run.py), it must print the same.
 *
 *	futex_fuzz --seed S --first K --count N    "K HASH STEPS" a line
 *	futex_fuzz --seed S --replay K --verbose   what happened in one of them
 *	... --drop 1,4,5                           the same without these steps
 *	... --ops base,pi,waitv,futex2 (or all)    which operations
 */
#include <err.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "tests/differential/buckets.h"
#include "tests/differential/memory.h"
#include "tests/differential/ops.h"
#include "tests/differential/play.h"
#include "tests/differential/record.h"
#include "tests/differential/worker.h"

#define TRIES 200

struct options {
	uint64_t seed, first, count;
	unsigned op_sets;
	uint32_t dropped;
	bool verbose;
};

static uint64_t number(const char *text)
{
	char *end;
	uint64_t value = strtoull(text, &end, 0);

	if (end == text || *end)
		errx(2, "not a number: %s", text);
	return value;
}

static uint32_t step_list(const char *text)
{
	uint32_t bits = 0;
	char *end;

	for (; *text; text = *end ? end + 1 : end) {
		unsigned long step = strtoul(text, &end, 10);

		if (end == text || step >= MAX_STEPS || (*end && *end != ','))
			errx(2, "not a list of steps: %s", text);
		bits |= 1U << step;
	}
	return bits;
}

static void parse(int argc, char **argv, struct options *o)
{
	static const struct option known[] = {
		{"seed", required_argument, NULL, 's'},  {"first", required_argument, NULL, 'f'},
		{"count", required_argument, NULL, 'c'}, {"replay", required_argument, NULL, 'r'},
		{"ops", required_argument, NULL, 'o'},   {"drop", required_argument, NULL, 'd'},
		{"verbose", no_argument, NULL, 'v'},     {0},
	};
	int c;

	while ((c = getopt_long(argc, argv, "", known, NULL)) != -1) {
		switch (c) {
		case 's':
			o->seed = number(optarg);
			break;
		case 'r':
			o->count = 1;
			/* fallthrough */
		case 'f':
			o->first = number(optarg);
			break;
		case 'c':
			o->count = number(optarg);
			break;
		case 'o':
			o->op_sets = ops_parse(optarg);
			if (!o->op_sets)
				errx(2, "not a set of operations: %s", optarg);
			break;
		case 'd':
			o->dropped = step_list(optarg);
			break;
		case 'v':
			o->verbose = true;
			break;
		default:
			exit(2);
		}
	}
}

/* Each has a seed of its own, so that it can be played alone. */
static void make(const struct options *o, uint64_t index, struct sequence *s)
{
	struct rng r = {o->seed ^ index * 0xd1342543de82ef95ULL};

	sequence_make(s, rng_next(&r), o->op_sets);
}

static enum play_result play_in_time(const struct sequence *s, const struct options *o)
{
	for (int i = 0; i < TRIES; i++) {
		enum play_result result;

		record_start(o->verbose);
		result = play(s, o->dropped);
		if (result != PLAY_LATE)
			return result;
	}
	errx(3, "the machine is too slow for timeouts");
}

int main(int argc, char **argv)
{
	struct options o = {.seed = 1, .count = 1000, .op_sets = OPS_BASE};
	static struct sequence s;

	parse(argc, argv, &o);
	memory_init();
	worker_init();
	buckets_separate();
	for (uint64_t i = o.first; i < o.first + o.count; i++) {
		enum play_result result;

		make(&o, i, &s);
		result = play_in_time(&s, &o);
		record_print();
		printf("%" PRIu64 " %016" PRIx64 " %u\n", i, record_hash(), s.steps);
		if (result == PLAY_HANG) {
			fflush(stdout);
			_Exit(4);
		}
	}
	fflush(stdout);
	_Exit(0); /* the workers wait for commands for ever */
}
