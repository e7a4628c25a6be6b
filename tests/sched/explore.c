/* SPDX-License-Identifier: MIT */
/*
 * Depth-first search over schedules. Nothing is saved but the path: to go back
 * means to run the execution again up to there.
 *
 * Two transitions of different threads that touch different words, or only
 * read, give the same in either order. Sleep sets (Godefroid) leave out one of
 * the two orders: when all that starts with t has been explored, t sleeps in the
 * branches beside it until something that depends on t has happened. Every
 * order of dependent steps is still run, so the search is exhaustive. With a
 * bound on preemptions this would lose schedules, so it is off there.
 */
#include "tests/sched/explore.h"

#include <stdio.h>
#include <string.h>

#define DEPTH_MAX 600

/* A state on the path, and what has been tried from it. */
struct node {
	unsigned enabled;
	unsigned asleep; /* not to be tried (again): explored here, or elsewhere in another order */
	unsigned chosen;
	int preemptions; /* used up before */
	struct sim_access access[TRANSITIONS_MAX];
};

static struct node path[DEPTH_MAX];
static unsigned depth; /* of the execution under way */
static const struct scenario *running;

static bool independent(const struct node *node, unsigned t, unsigned u)
{
	const struct sim_access *a = &node->access[t];
	const struct sim_access *b = &node->access[u];

	if (t / 2 == u / 2)
		return false;
	return a->address != b->address || !a->address || (!a->write && !b->write);
}

static unsigned still_asleep(const struct node *node)
{
	unsigned asleep = 0;
	unsigned t;

	for (t = 0; t < TRANSITIONS_MAX; t++)
		if ((node->asleep & 1U << t) && t != node->chosen &&
		    independent(node, t, node->chosen))
			asleep |= 1U << t;
	return asleep;
}

/* Taking t at this depth is a switch away from a thread that could go on. */
static bool preempts(unsigned at, unsigned t)
{
	unsigned last;

	if (at == 0 || t % 2 != 0)
		return false;
	last = path[at - 1].chosen & ~1U;
	return last != t && (path[at].enabled & 1U << last);
}

static bool affordable(unsigned at, unsigned t)
{
	return running->preemptions < 0 || !preempts(at, t) ||
	       path[at].preemptions < running->preemptions;
}

/* The thread that ran last goes on if it may, so that default orders are easy to read. */
static bool choose(unsigned at)
{
	struct node *node = &path[at];
	unsigned awake = node->enabled & ~node->asleep;
	unsigned t = at > 0 ? path[at - 1].chosen & ~1U : 0;
	unsigned n;

	for (n = 0; n < TRANSITIONS_MAX; n++, t = (t + 1) % TRANSITIONS_MAX) {
		if ((awake & 1U << t) && affordable(at, t)) {
			node->chosen = t;
			return true;
		}
	}
	return false;
}

static void enter_node(unsigned at, unsigned enabled)
{
	struct node *node = &path[at];

	node->enabled = enabled;
	node->asleep = 0;
	node->preemptions = 0;
	if (at == 0)
		return;
	if (running->preemptions < 0)
		node->asleep = still_asleep(&path[at - 1]);
	node->preemptions =
		path[at - 1].preemptions + (preempts(at - 1, path[at - 1].chosen) ? 1 : 0);
}

static char letter(unsigned transition)
{
	return (char)((transition % 2 ? 'A' : 'a') + transition / 2);
}

void explore_report(const char *why)
{
	unsigned i;

	printf("VIOLATION in %s: %s\nreplay: %s:", running->name, why, running->name);
	for (i = 0; i < depth; i++)
		putchar(letter(path[i].chosen));
	putchar('\n');
	fflush(stdout);
}

enum outcome { COMPLETE, PRUNED, VIOLATION };

/* One execution: the first `known` choices are those on the path. */
static enum outcome execute(unsigned known)
{
	struct sim_access access[TRANSITIONS_MAX];
	unsigned enabled;

	depth = 0;
	sim_begin(running);
	while (!sim_failure() && (enabled = sim_enabled(access)) != 0) {
		if (depth == DEPTH_MAX) {
			explore_report("no end in sight");
			return VIOLATION;
		}
		if (depth >= known) {
			memcpy(path[depth].access, access, sizeof(access));
			enter_node(depth, enabled);
			if (!choose(depth))
				return PRUNED;
		}
		depth++;
		sim_take(path[depth - 1].chosen);
	}
	if (!sim_failure())
		sim_finish();
	if (!sim_failure())
		return COMPLETE;
	explore_report(sim_failure());
	return VIOLATION;
}

/* The deepest node from which something is left to try; its number, plus one. */
static unsigned backtrack(void)
{
	while (depth > 0) {
		struct node *node = &path[depth - 1];

		node->asleep |= 1U << node->chosen;
		if (choose(depth - 1))
			return depth;
		depth--;
	}
	return 0;
}

bool explore(const struct scenario *scenario, unsigned long limit, struct explore_result *result)
{
	unsigned known = 0;

	running = scenario;
	memset(result, 0, sizeof(*result));
	do {
		enum outcome outcome = execute(known);

		if (outcome == VIOLATION)
			return false;
		if (outcome == PRUNED)
			result->pruned++;
		else
			result->schedules++;
		if (depth > result->longest)
			result->longest = depth;
		if (result->schedules + result->pruned == limit) {
			result->cut = true;
			break;
		}
		known = backtrack();
	} while (known > 0);
	return true;
}

bool explore_replay(const struct scenario *scenario, const char *schedule)
{
	struct sim_access access[TRANSITIONS_MAX];
	unsigned enabled, t;

	running = scenario;
	depth = 0;
	sim_begin(scenario);
	while (!sim_failure() && (enabled = sim_enabled(access)) != 0 && depth < DEPTH_MAX) {
		if (*schedule == '\0') {
			printf("the schedule ends here, the scenario does not\n");
			return false;
		}
		for (t = 0; t < TRANSITIONS_MAX && letter(t) != *schedule; t++)
			;
		if (t == TRANSITIONS_MAX || !(enabled & 1U << t)) {
			printf("'%c' cannot run now: the schedule is of another build\n",
			       *schedule);
			return false;
		}
		schedule++;
		path[depth++].chosen = t;
		printf("%4u  %s\n", depth, sim_describe(t));
		fflush(stdout);
		sim_take(t);
	}
	if (!sim_failure())
		sim_finish();
	if (sim_failure())
		explore_report(sim_failure());
	else
		printf("no violation\n");
	return !sim_failure();
}
