/* SPDX-License-Identifier: MIT */
/*
 * Three locks in a circle.
 *
 * HANG: cycle one two three
 * waits: main join
 * waits: one mutex lock[1]
 * waits: two mutex lock[2]
 * waits: three mutex lock[0]
 */
#include "guest-progs/hang/hang.h"

static pthread_mutex_t lock[3] = {PTHREAD_MUTEX_INITIALIZER, PTHREAD_MUTEX_INITIALIZER,
				  PTHREAD_MUTEX_INITIALIZER};
static pthread_barrier_t all;

static void take(pthread_mutex_t *first, pthread_mutex_t *second)
{
	pthread_mutex_lock(first);
	pthread_barrier_wait(&all);
	pthread_mutex_lock(second); /* here: one two three */
}

static void *one(void *arg)
{
	take(&lock[0], &lock[1]);
	return arg;
}

static void *two(void *arg)
{
	take(&lock[1], &lock[2]);
	return arg;
}

static void *three(void *arg)
{
	take(&lock[2], &lock[0]);
	return arg;
}

int main(void)
{
	pthread_t t;

	pthread_barrier_init(&all, NULL, 3);
	spawn("one", one);
	spawn("two", two);
	t = spawn("three", three);
	pthread_join(t, NULL); /* here: main */
	return 0;
}
