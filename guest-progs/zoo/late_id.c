/* SPDX-License-Identifier: MIT */
/*
 * A thread that looks for itself in a word that main sets when it has the id.
 *
 * Breaks: the thread is faster. Right: it waits until main has.
 */
#include "guest-progs/zoo/zoo.h"

#include <semaphore.h>

static pthread_t known;
static sem_t is_known;

static void *worker(void *arg)
{
	if (RIGHT)
		sem_wait(&is_known);
	check(known && pthread_equal(known, pthread_self()));
	WINDOW(1);
	return arg;
}

int main(void)
{
	pthread_t thread;

	sem_init(&is_known, 0, 0);
	thread = start(worker, NULL);
	WINDOW(2);
	known = thread;
	sem_post(&is_known);
	join(thread);
	return 0;
}
