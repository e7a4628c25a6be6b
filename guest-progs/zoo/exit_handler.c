/* SPDX-License-Identifier: MIT */
/*
 * An exit handler that joins a worker with the lock by which the worker looks if it should stop.
 *
 * Breaks: main returns when the worker has not made its last step. Right: unlocked before the join.
 */
#include "guest-progs/zoo/zoo.h"

#include <semaphore.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_t thread;
static sem_t started;
static int stop, steps;

static void *worker(void *arg)
{
	int i, stopped = 0;

	for (i = 0; i < 3 && !stopped; i++) {
		pthread_mutex_lock(&lock);
		stopped = stop;
		steps += !stopped;
		pthread_mutex_unlock(&lock);
		if (i == 0) {
			sem_post(&started);
			WINDOW(2);
		}
	}
	return arg;
}

static void at_exit(void)
{
	pthread_mutex_lock(&lock);
	stop = 1;
	WINDOW(1);
	if (RIGHT)
		pthread_mutex_unlock(&lock);
	join(thread);
	check(steps >= 1);
}

int main(void)
{
	sem_init(&started, 0, 0);
	thread = start(worker, NULL);
	sem_wait(&started);
	atexit(at_exit);
	return 0;
}
