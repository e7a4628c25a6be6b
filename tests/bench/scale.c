/* SPDX-License-Identifier: MIT */
/*
 * scale N ROUNDS: N threads wait, each on a word of its own; wakes one of them ROUNDS
 * times, waits each time until it waits again, and prints the median nanoseconds of a wake.
 */
#include <linux/futex.h>
#include <pthread.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

struct line {
	uint32_t word;	/* 0: wait; 1: the wake was for you; 2: end */
	uint32_t waits; /* how often it was about to wait */
	char pad[56];
};

static struct line *lines;

static long futex(uint32_t *word, int op, uint32_t val)
{
	return syscall(SYS_futex, word, op, val, NULL, NULL, 0);
}

static void *wait_on_own(void *arg)
{
	struct line *l = arg;

	while (__atomic_load_n(&l->word, __ATOMIC_ACQUIRE) != 2) {
		__atomic_add_fetch(&l->waits, 1, __ATOMIC_RELEASE);
		futex(&l->word, FUTEX_WAIT_PRIVATE, 0);
	}
	return NULL;
}

/* How long a wake takes that finds its waiter; tries until it does. */
static double wake(struct line *l)
{
	struct timespec a, b;
	uint32_t before = __atomic_load_n(&l->waits, __ATOMIC_ACQUIRE);

	do {
		clock_gettime(CLOCK_MONOTONIC, &a);
		if (futex(&l->word, FUTEX_WAKE_PRIVATE, 1) == 1)
			break;
		sched_yield();
	} while (1);
	clock_gettime(CLOCK_MONOTONIC, &b);
	while (__atomic_load_n(&l->waits, __ATOMIC_ACQUIRE) == before)
		sched_yield();
	return (double)(b.tv_sec - a.tv_sec) * 1e9 + (double)(b.tv_nsec - a.tv_nsec);
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

int main(int argc, char **argv)
{
	long n = argc == 3 ? atol(argv[1]) : 0, rounds = argc == 3 ? atol(argv[2]) : 0;
	pthread_attr_t attr;
	pthread_t *threads;
	double *times;

	if (n <= 0 || rounds <= 0) {
		fputs("usage: scale N ROUNDS\n", stderr);
		return 2;
	}
	lines = aligned_alloc(64, (size_t)n * sizeof(*lines));
	threads = calloc((size_t)n, sizeof(*threads));
	times = calloc((size_t)rounds, sizeof(*times));
	if (!lines || !threads || !times)
		return 1;
	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, 65536);
	for (long i = 0; i < n; i++) {
		lines[i].word = lines[i].waits = 0;
		if (pthread_create(&threads[i], &attr, wait_on_own, &lines[i])) {
			fprintf(stderr, "scale: only %ld threads\n", i);
			return 1;
		}
	}
	for (long i = 0; i < n; i++)
		while (!__atomic_load_n(&lines[i].waits, __ATOMIC_ACQUIRE))
			sched_yield();
	for (long i = 0; i < rounds; i++)
		times[i] = wake(&lines[(i * 7919) % n]);
	qsort(times, (size_t)rounds, sizeof(*times), compare);
	printf("%.1f\n", times[rounds / 2]);
	for (long i = 0; i < n; i++) {
		__atomic_store_n(&lines[i].word, 2, __ATOMIC_RELEASE);
		futex(&lines[i].word, FUTEX_WAKE_PRIVATE, 1);
	}
	for (long i = 0; i < n; i++)
		pthread_join(threads[i], NULL);
	return 0;
}
