/* SPDX-License-Identifier: MIT */
/*
 * Main joins a worker with the lock that the worker's last step needs.
 *
 * Breaks: main has the lock before the worker has done that step. Right: joined first, then locked.
 */
#include "guest-progs/zoo/zoo.h"

#include <semaphore.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static sem_t started;
static int steps;

static void step(void)
{
	pthread_mutex_lock(&lock);
	steps++;
	pthread_mutex_unlock(&lock);
}

static void *worker(void *arg)
{
	step();
	sem_post(&started);
	WINDOW(2);
	step();
	return arg;
}

int main(void)
{
	pthread_t thread;

	sem_init(&started, 0, 0);
	thread = start(worker, NULL);
	sem_wait(&started);
	if (RIGHT)
		join(thread);
	pthread_mutex_lock(&lock);
	WINDOW(1);
	if (!RIGHT)
		join(thread);
	check(steps == 2);
	pthread_mutex_unlock(&lock);
	return 0;
}
