/* SPDX-License-Identifier: MIT */
/* Nobody leaves a barrier before all have come; one of each round is its serial thread. */
#include "guest-progs/guest.h"

#define THREADS 10
#define ROUNDS	500

static int rounds;
static pthread_barrier_t barrier;
static int came[ROUNDS], early, serial;

static void *runner(void *arg)
{
	for (int i = 0; i < rounds; i++) {
		__atomic_add_fetch(&came[i], 1, __ATOMIC_SEQ_CST);
		if (pthread_barrier_wait(&barrier) == PTHREAD_BARRIER_SERIAL_THREAD)
			__atomic_add_fetch(&serial, 1, __ATOMIC_SEQ_CST);
		if (__atomic_load_n(&came[i], __ATOMIC_SEQ_CST) != THREADS)
			__atomic_add_fetch(&early, 1, __ATOMIC_SEQ_CST);
	}
	return arg;
}

int main(int argc, char **argv)
{
	pthread_t threads[THREADS];

	rounds = rounds_of(argc, argv, ROUNDS);
	pthread_barrier_init(&barrier, NULL, THREADS);
	for (int i = 0; i < THREADS; i++)
		threads[i] = start_thread(runner, NULL);
	for (int i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	printf("early %d, serial %d\n", early, serial);
	return 0;
}
