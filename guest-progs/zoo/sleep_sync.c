/* SPDX-License-Identifier: MIT */
/*
 * Main sleeps for as long as the worker will need, and longer.
 *
 * Breaks: it needs longer; the later of two deadlines comes first. Right: main joins it.
 */
#include "guest-progs/zoo/zoo.h"

static int is_ready;

static void *worker(void *arg)
{
	usleep(200);
	WINDOW(2);
	set(is_ready, 1);
	return arg;
}

int main(void)
{
	pthread_t thread = start(worker, NULL);
	int seen;

	usleep(1000);
	if (RIGHT)
		join(thread);
	seen = get(is_ready);
	WINDOW(1);
	if (!seen)
		wrong("not ready");
	if (!RIGHT)
		join(thread);
	return 0;
}
