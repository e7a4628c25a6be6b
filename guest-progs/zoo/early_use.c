/* SPDX-License-Identifier: MIT */
/*
 * A thread that uses what main sets only after it has started it.
 *
 * Breaks: the thread is faster. Right: set before.
 */
#include "guest-progs/zoo/zoo.h"

static struct config {
	int value;
} the_config = {7};
static struct config *volatile config;
static volatile int seen;

static void *worker(void *arg)
{
	seen = config->value;
	WINDOW(1);
	return arg;
}

int main(void)
{
	pthread_t thread;

	if (RIGHT)
		config = &the_config;
	thread = start(worker, NULL);
	WINDOW(2);
	config = &the_config;
	join(thread);
	check(seen == 7);
	return 0;
}
