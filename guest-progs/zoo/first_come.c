/* SPDX-License-Identifier: MIT */
/*
 * Results are kept in the order in which they come.
 *
 * Breaks: the second thread's comes first. Right: each has its place.
 */
#include "guest-progs/zoo/zoo.h"

static const char *const names[] = {"first", "second"}, *results[2];
static int count;

static void *worker(void *arg)
{
	int id = number_of(arg), place;

	work();
	WINDOW(id ? 0 : 2);
	place = add(count, 1);
	WINDOW(id ? 1 : 0);
	results[RIGHT ? id : place] = names[id];
	return NULL;
}

int main(void)
{
	run(2, worker);
	printf("%s %s\n", results[0], results[1]);
	return 0;
}
