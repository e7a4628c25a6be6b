/* SPDX-License-Identifier: MIT */
/* pthread_once runs its routine once, and all wait for it. */
#include "guest-progs/guest.h"

#define THREADS 16

static pthread_once_t once = PTHREAD_ONCE_INIT;
static int runs, ready, unready;

static void routine(void)
{
	runs++;
	for (int i = 0; i < 100; i++)
		sched_yield();
	ready = 1;
}

static void *caller(void *arg)
{
	pthread_once(&once, routine);
	if (!ready)
		__atomic_add_fetch(&unready, 1, __ATOMIC_RELAXED);
	return arg;
}

int main(void)
{
	pthread_t threads[THREADS];

	for (int i = 0; i < THREADS; i++)
		threads[i] = start_thread(caller, NULL);
	for (int i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	printf("runs %d, unready %d\n", runs, unready);
	return 0;
}
