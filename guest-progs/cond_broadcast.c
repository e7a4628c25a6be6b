/* SPDX-License-Identifier: MIT */
/* Every broadcast reaches every thread that waits on a condition variable. */
#include "guest-progs/guest.h"

#define THREADS 20
#define ROUNDS	200

static int rounds;
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t go = PTHREAD_COND_INITIALIZER;
static pthread_cond_t done = PTHREAD_COND_INITIALIZER;
static int generation, waiting, arrived;

static void *waiter(void *arg)
{
	for (int seen = 0; seen < rounds; seen++) {
		pthread_mutex_lock(&mutex);
		if (++waiting == THREADS)
			pthread_cond_signal(&done);
		while (generation == seen)
			pthread_cond_wait(&go, &mutex);
		arrived++;
		pthread_mutex_unlock(&mutex);
	}
	return arg;
}

int main(int argc, char **argv)
{
	pthread_t threads[THREADS];

	rounds = rounds_of(argc, argv, ROUNDS);
	for (int i = 0; i < THREADS; i++)
		threads[i] = start_thread(waiter, NULL);
	for (int i = 0; i < rounds; i++) {
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
	printf("%d of %d\n", arrived, THREADS * rounds);
	return 0;
}
