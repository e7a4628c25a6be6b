/* SPDX-License-Identifier: MIT */
/* Eight threads count under one mutex; kinds of mutexes answer as POSIX has it. */
#include "guest-progs/guest.h"

#define THREADS 8
#define ROUNDS	100000

static int rounds;
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static long count;

static void *counter(void *arg)
{
	for (int i = 0; i < rounds; i++) {
		pthread_mutex_lock(&mutex);
		count++;
		pthread_mutex_unlock(&mutex);
	}
	return arg;
}

static void kind(const char *name, int type)
{
	pthread_mutexattr_t attr;
	pthread_mutex_t m;

	pthread_mutexattr_init(&attr);
	need(pthread_mutexattr_settype(&attr, type) == 0);
	need(pthread_mutex_init(&m, &attr) == 0);
	printf("%s: lock %s", name, errno_name(pthread_mutex_lock(&m)));
	printf(", trylock %s", errno_name(pthread_mutex_trylock(&m)));
	if (type != PTHREAD_MUTEX_NORMAL)
		printf(", lock %s", errno_name(pthread_mutex_lock(&m)));
	printf(", unlock %s\n", errno_name(pthread_mutex_unlock(&m)));
}

int main(int argc, char **argv)
{
	struct timespec past = {1, 0}, bad = {1, 1000000000};
	pthread_t threads[THREADS];

	rounds = rounds_of(argc, argv, ROUNDS);
	for (int i = 0; i < THREADS; i++)
		threads[i] = start_thread(counter, NULL);
	for (int i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	printf("count %ld\n", count);
	kind("normal", PTHREAD_MUTEX_NORMAL);
	kind("recursive", PTHREAD_MUTEX_RECURSIVE);
	kind("error checking", PTHREAD_MUTEX_ERRORCHECK);
	pthread_mutex_lock(&mutex);
	printf("past: %s\n", errno_name(pthread_mutex_timedlock(&mutex, &past)));
	printf("bad nanoseconds: %s\n", errno_name(pthread_mutex_timedlock(&mutex, &bad)));
	return 0;
}
