/* SPDX-License-Identifier: MIT */
/*
 * Main needs the parts of two threads, and waits for the second one.
 *
 * Breaks: the first one ends later. Right: both are joined.
 */
#include "guest-progs/zoo/zoo.h"

static volatile int parts[2];

static void *worker(void *arg)
{
	int id = number_of(arg);

	work();
	WINDOW(id ? 0 : 2);
	parts[id] = id + 1;
	return NULL;
}

int main(void)
{
	pthread_t first = start(worker, numbered(0)), second = start(worker, numbered(1));
	int sum;

	if (RIGHT)
		join(first);
	join(second);
	sum = parts[0] + parts[1];
	WINDOW(1);
	if (sum != 3)
		wrong("a part is missing");
	return 0;
}
