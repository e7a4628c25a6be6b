/* SPDX-License-Identifier: MIT */
/*
 * One argument for all threads of a loop, each of which says when main may change it.
 *
 * Breaks: the thread says so before it has read it. Right: afterwards.
 */
#include "guest-progs/zoo/zoo.h"

#include <semaphore.h>

static sem_t may_change;
static int seen;

static void *worker(void *arg)
{
	volatile int *argument = arg;
	int mine = *argument;

	sem_post(&may_change);
	if (!RIGHT) {
		WINDOW(2);
		mine = *argument;
	}
	add(seen, 1 << (4 * mine));
	return NULL;
}

int main(void)
{
	pthread_t threads[3];
	volatile int argument;
	int i;

	sem_init(&may_change, 0, 0);
	for (i = 0; i < 3; i++) {
		argument = i;
		WINDOW(i == 1 ? 1 : 0);
		threads[i] = start(worker, (void *)&argument);
		sem_wait(&may_change);
	}
	for (i = 0; i < 3; i++)
		join(threads[i]);
	check(seen == 0x111);
	return 0;
}
