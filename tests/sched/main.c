/* SPDX-License-Identifier: MIT */
/*
 * sched-explore                     explores all scenarios
 * sched-explore NAME...             only these
 *                                   (pairs of operations have names like wait/wake+exit)
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

static const struct scenario *pair_scenario;
static unsigned npair_scenarios, npairs;

static const struct scenario *find(const char *name, size_t length)
{
	unsigned i;

	for (i = 0; i < nscenarios; i++)
		if (strlen(scenarios[i].name) == length &&
		    strncmp(scenarios[i].name, name, length) == 0)
			return &scenarios[i];
	for (i = 0; i < npair_scenarios; i++)
		if (strlen(pair_scenario[i].name) == length &&
		    strncmp(pair_scenario[i].name, name, length) == 0)
			return &pair_scenario[i];
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

/* One line for all of them. */
static bool run_pairs(unsigned long limit)
{
	unsigned long limit_beside = limit ? limit : PAIR_LIMIT;
	unsigned long schedules = 0, pruned = 0, longest = 0;
	double begin = now();
	unsigned cut = 0;
	unsigned i;

	for (i = 0; i < npair_scenarios; i++) {
		struct explore_result r;

		if (!explore(&pair_scenario[i], i < npairs ? limit : limit_beside, &r))
			return false;
		schedules += r.schedules;
		pruned += r.pruned;
		cut += r.cut;
		if (r.longest > longest)
			longest = r.longest;
	}
	printf("%u pairs of operations in %u scenarios: %lu schedules, %lu pruned, longest %lu, "
	       "%u exhaustive, %u up to %lu executions, %.2f s\n",
	       npairs, npair_scenarios, schedules, pruned, longest, npair_scenarios - cut, cut,
	       limit_beside, now() - begin);
	fflush(stdout);
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
	pair_scenario = pair_scenarios(&npair_scenarios, &npairs);
	if (argc == 3 && strcmp(argv[1], "--replay") == 0)
		return replay(argv[2]);
	if (argc > 2 && strcmp(argv[1], "--limit") == 0) {
		limit = strtoul(argv[2], NULL, 10);
		argc -= 2;
		argv += 2;
	}
	if (argc == 1)
		ok = run_pairs(limit);
	if (argc == 1)
		for (i = 0; ok && i < nscenarios; i++)
			ok = run(&scenarios[i], limit);
	for (i = 1; ok && i < (unsigned)argc; i++)
		ok = run(find(argv[i], strlen(argv[i])), limit);
	return ok ? EXIT_SUCCESS : EXIT_FAILURE;
}
