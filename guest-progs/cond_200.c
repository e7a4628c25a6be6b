/* SPDX-License-Identifier: MIT */
/*
 * 200 threads on one condition variable that is broadcast many times. Each
 * generation is counted by each thread, so that a lost wake is a stall and a
 * doubled one a wrong count.
 */
#include "guest-progs/guest.h"

#define THREADS 200

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t go = PTHREAD_COND_INITIALIZER;
static pthread_cond_t done = PTHREAD_COND_INITIALIZER;
static int generations, generation, waiting;
static int *woken; /* per generation */

static void *waiter(void *arg)
{
	for (int seen = 0; seen < generations; seen++) {
		pthread_mutex_lock(&mutex);
		if (++waiting == THREADS)
			pthread_cond_signal(&done);
		while (generation == seen)
			pthread_cond_wait(&go, &mutex);
		woken[seen]++;
		pthread_mutex_unlock(&mutex);
	}
	return arg;
}

int main(int argc, char **argv)
{
	pthread_t threads[THREADS];
	pthread_attr_t attr;
	int right = 0;

	generations = argc > 1 ? atoi(argv[1]) : 10000;
	woken = calloc((size_t)generations, sizeof(*woken));
	need(woken);
	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, 64 * 1024);
	for (int i = 0; i < THREADS; i++)
		need(pthread_create(&threads[i], &attr, waiter, NULL) == 0);
	for (int i = 0; i < generations; i++) {
		pthread_mutex_lock(&mutex);
		while (waiting < THREADS)
			pthread_cond_wait(&done, &mutex);
		waiting = 0;
		generation++;
		pthread_cond_broadcast(&go);
		pthread_mutex_unlock(&mutex);
	}
	for (int i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	for (int i = 0; i < generations; i++)
		right += woken[i] == THREADS;
	printf("%d of %d generations reached all\n", right, generations);
	return 0;
}
