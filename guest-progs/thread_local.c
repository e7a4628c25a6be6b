/* SPDX-License-Identifier: MIT */
/* Each thread has its own thread-local variables and errno, freshly initialised. */
#include "guest-progs/guest.h"

#define THREADS 10

static __thread int counter = 5;
static __thread char zeroed[1000];
static pthread_key_t key;
static int destroyed;

static void destroy(void *value)
{
	__atomic_add_fetch(&destroyed, (int)(long)value, __ATOMIC_RELAXED);
}

static void *worker(void *arg)
{
	int wrong = 0;

	for (size_t i = 0; i < sizeof(zeroed); i++)
		wrong += zeroed[i] != 0;
	pthread_setspecific(key, (void *)1);
	errno = (int)(long)arg;
	for (int i = 0; i < 1000; i++) {
		counter++;
		sched_yield();
		wrong += errno != (int)(long)arg;
	}
	return (void *)(long)(counter + wrong);
}

int main(void)
{
	pthread_t threads[THREADS];

	pthread_key_create(&key, destroy);
	for (long i = 0; i < THREADS; i++)
		threads[i] = start_thread(worker, (void *)(i + 1));
	for (int i = 0; i < THREADS; i++) {
		void *value;

		pthread_join(threads[i], &value);
		printf("%ld\n", (long)value);
	}
	printf("own %d, destroyed %d\n", counter, destroyed);
	return 0;
}
