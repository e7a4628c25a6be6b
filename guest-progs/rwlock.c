/* SPDX-License-Identifier: MIT */
/* Readers never see a writer's work half done. */
#include "guest-progs/guest.h"

#define READERS 6
#define WRITERS 2
#define ROUNDS	10000

static int rounds;
static pthread_rwlock_t lock = PTHREAD_RWLOCK_INITIALIZER;
static long first, second;
static int torn;

static void *reader(void *arg)
{
	for (int i = 0; i < rounds; i++) {
		pthread_rwlock_rdlock(&lock);
		if (first != second)
			__atomic_add_fetch(&torn, 1, __ATOMIC_RELAXED);
		pthread_rwlock_unlock(&lock);
	}
	return arg;
}

static void *writer(void *arg)
{
	for (int i = 0; i < rounds; i++) {
		pthread_rwlock_wrlock(&lock);
		first++;
		second++;
		pthread_rwlock_unlock(&lock);
	}
	return arg;
}

int main(int argc, char **argv)
{
	pthread_t threads[READERS + WRITERS];

	rounds = rounds_of(argc, argv, ROUNDS);
	for (int i = 0; i < READERS + WRITERS; i++)
		threads[i] = start_thread(i < READERS ? reader : writer, NULL);
	for (int i = 0; i < READERS + WRITERS; i++)
		pthread_join(threads[i], NULL);
	printf("torn %d, written %ld\n", torn, first);
	return 0;
}
