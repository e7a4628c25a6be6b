/* SPDX-License-Identifier: MIT */
/*
 * sched-explore                     explores all scenarios
 * sched-explore NAME...             only these
 * sched-explore --replay NAME:STR   runs one schedule, as a violation printed it
 * sched-explore --limit N ...       gives up a scenario after N executions
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "tests/sched/explore.h"
#include "tests/sched/scenarios.h"

static const struct scenario *pairs;
static unsigned npairs;

static const struct scenario *find(const char *name, size_t length)
{
	unsigned i;

	for (i = 0; i < nscenarios; i++)
		if (strlen(scenarios[i].name) == length &&
		    strncmp(scenarios[i].name, name, length) == 0)
			return &scenarios[i];
	for (i = 0; i < npairs; i++)
		if (strlen(pairs[i].name) == length && strncmp(pairs[i].name, name, length) == 0)
			return &pairs[i];
	fprintf(stderr, "no scenario '%.*s'\n", (int)length, name);
	exit(2);
}

static void on_fault(int sig)
{
	explore_report(sig == SIGSEGV ? "a wild pointer was followed" : "bus error");
	_exit(1);
}

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static bool run(const struct scenario *s, unsigned long limit)
{
	struct explore_result r;
	double begin = now();

	if (!explore(s, limit, &r))
		return false;
	printf("%-36s %9lu schedules %9lu pruned, longest %3lu, ", s->name, r.schedules, r.pruned,
	       r.longest);
	if (r.cut)
		printf("NOT exhaustive");
	else if (s->preemptions < 0)
		printf("exhaustive");
	else
		printf("all with at most %d preemptions", s->preemptions);
	printf(", %.2f s\n", now() - begin);
	fflush(stdout);
	return true;
}

static bool run_pairs(unsigned long limit)
{
	unsigned long schedules[2] = {0}, longest = 0;
	unsigned scenarios_run[2] = {0};
	double begin = now();
	unsigned i;

	for (i = 0; i < npairs; i++) {
		bool bounded = pairs[i].preemptions >= 0;
		struct explore_result r;

		if (!explore(&pairs[i], limit, &r))
			return false;
		scenarios_run[bounded]++;
		schedules[bounded] += r.schedules;
		if (r.longest > longest)
			longest = r.longest;
	}
	printf("pairs of operations: %u alone, %lu schedules, exhaustive; %u beside a third thread, "
	       "%lu schedules, all with at most %d preemptions; longest %lu, %.2f s\n",
	       scenarios_run[0], schedules[0], scenarios_run[1], schedules[1], PAIR_PREEMPTIONS,
	       longest, now() - begin);
	return true;
}

static int replay(const char *arg)
{
	const char *colon = strchr(arg, ':');

	if (!colon) {
		fprintf(stderr, "--replay wants NAME:SCHEDULE\n");
		return 2;
	}
	return explore_replay(find(arg, (size_t)(colon - arg)), colon + 1) ? 0 : 1;
}

int main(int argc, char **argv)
{
	unsigned long limit = 0;
	unsigned i;
	int ok = 1;

	signal(SIGSEGV, on_fault);
	signal(SIGBUS, on_fault);
	sim_init();
	pairs = pair_scenarios(&npairs);
	if (argc == 3 && strcmp(argv[1], "--replay") == 0)
		return replay(argv[2]);
	if (argc > 2 && strcmp(argv[1], "--limit") == 0) {
		limit = strtoul(argv[2], NULL, 10);
		argc -= 2;
		argv += 2;
	}
	if (argc == 1)
		for (i = 0; ok && i < nscenarios; i++)
			ok = run(&scenarios[i], limit);
	if (ok && argc == 1)
		ok = run_pairs(limit);
	for (i = 1; ok && i < (unsigned)argc; i++)
		ok = run(find(argv[i], strlen(argv[i])), limit);
	return ok ? EXIT_SUCCESS : EXIT_FAILURE;
}
