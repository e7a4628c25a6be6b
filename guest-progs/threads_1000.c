/* SPDX-License-Identifier: MIT */
/*
 * 1,000 threads are created, and half of them joined, half detached, ten times
 * over. What a thread takes is given back, so the memory in use stays flat.
 */
#include <semaphore.h>

#include "guest-progs/guest.h"

#define THREADS 1000
#define ROUNDS	10

static sem_t go, gone;

static void *worker(void *arg)
{
	sem_wait(&go);
	sem_post(&gone);
	return arg;
}

static long kilobytes(const char *key)
{
	FILE *status = fopen("/proc/self/status", "re");
	char line[256];
	long value = -1;

	need(status);
	while (fgets(line, sizeof(line), status)) {
		if (strncmp(line, key, strlen(key)) == 0)
			value = strtol(line + strlen(key), NULL, 10);
	}
	fclose(status);
	return value;
}

static long one_round(void)
{
	static pthread_t threads[THREADS];
	pthread_attr_t attr;
	long sum = 0;

	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, 64 * 1024);
	for (long i = 0; i < THREADS; i++)
		need(pthread_create(&threads[i], &attr, worker, (void *)i) == 0);
	for (int i = 1; i < THREADS; i += 2)
		need(pthread_detach(threads[i]) == 0);
	for (int i = 0; i < THREADS; i++)
		sem_post(&go);
	for (int i = 0; i < THREADS; i += 2) {
		void *value;

		need(pthread_join(threads[i], &value) == 0);
		sum += (long)value;
	}
	for (int i = 0; i < THREADS; i++)
		sem_wait(&gone);
	while (kilobytes("Threads:") != 1)
		sched_yield();
	return sum;
}

int main(void)
{
	long rss = 0, size = 0;

	sem_init(&go, 0, 0);
	sem_init(&gone, 0, 0);
	for (int i = 1; i <= ROUNDS; i++) {
		printf("round %d: sum %ld\n", i, one_round());
		if (i == 2) {
			rss = kilobytes("VmRSS:");
			size = kilobytes("VmSize:");
		}
	}
	rss = kilobytes("VmRSS:") - rss;
	size = kilobytes("VmSize:") - size;
	if (rss <= 2048 && size <= 8192)
		printf("flat\n");
	else
		printf("grew by %ld kB resident, %ld kB in all\n", rss, size);
	return 0;
}
