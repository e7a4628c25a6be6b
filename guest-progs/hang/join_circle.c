/* SPDX-License-Identifier: MIT */
/*
 * Three threads that wait for the end of one another.
 *
 * HANG: cycle one two three
 * waits: one join
 * waits: two join
 * waits: three join
 * waits: main semaphore never
 */
#include "guest-progs/hang/hang.h"

static pthread_t thread[3];
static pthread_barrier_t made;
static sem_t never;

static void join(int which)
{
	pthread_barrier_wait(&made);
	pthread_join(thread[which], NULL); /* here: one two three */
}

static void *one(void *arg)
{
	join(1);
	return arg;
}

static void *two(void *arg)
{
	join(2);
	return arg;
}

static void *three(void *arg)
{
	join(0);
	return arg;
}

int main(void)
{
	sem_init(&never, 0, 0);
	pthread_barrier_init(&made, NULL, 4);
	thread[0] = spawn("one", one);
	thread[1] = spawn("two", two);
	thread[2] = spawn("three", three);
	pthread_barrier_wait(&made);
	sem_wait(&never); /* here: main */
	return 0;
}
