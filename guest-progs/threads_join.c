/* SPDX-License-Identifier: MIT */
/* Threads are created and joined, and hand back their values. */
#include "guest-progs/guest.h"

#define THREADS 50

static void *twice(void *arg)
{
	return (void *)((long)arg * 2);
}

int main(void)
{
	pthread_t threads[THREADS];

	for (long i = 0; i < THREADS; i++)
		threads[i] = start_thread(twice, (void *)i);
	for (int i = 0; i < THREADS; i++) {
		void *value;

		need(pthread_join(threads[i], &value) == 0);
		printf("%ld\n", (long)value);
	}
	return 0;
}
