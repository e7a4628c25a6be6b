/* SPDX-License-Identifier: MIT */
/*
 * scale_manager N ROUNDS: N waiters without threads, each on a word of its own, in the
 * manager alone. Wakes ten of them again and again, as one would with ten, and prints
 * the nanoseconds that a wake and the next wait take together.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include <fxfutex.h>

#define BUSY 10

static void queue_again(struct fxfutex_async *a)
{
	++*(long *)a->user;
}

int main(int argc, char **argv)
{
	long n = argc == 3 ? atol(argv[1]) : 0, rounds = argc == 3 ? atol(argv[2]) : 0, woken = 0;
	struct timespec a, b;
	struct fxfutex_async *waits;
	uint32_t *words;
	fxfutex *f;

	if (n < BUSY || rounds <= 0) {
		fputs("usage: scale_manager N ROUNDS (N at least 10)\n", stderr);
		return 2;
	}
	f = fxfutex_new((unsigned)n);
	words = calloc((size_t)n, sizeof(*words));
	waits = calloc((size_t)n, sizeof(*waits));
	if (!f || !words || !waits)
		return 1;
	for (long i = 0; i < n; i++) {
		waits[i].done = queue_again;
		waits[i].user = &woken;
		if (fxfutex_wait_async(f, &waits[i], &words[i], 0, FXFUTEX_ANY))
			return 1;
	}
	clock_gettime(CLOCK_MONOTONIC, &a);
	for (long i = 0; i < rounds; i++) {
		long which = (i % BUSY) * (n / BUSY);

		fxfutex_wake(f, &words[which], 1, FXFUTEX_ANY);
		fxfutex_wait_async(f, &waits[which], &words[which], 0, FXFUTEX_ANY);
	}
	clock_gettime(CLOCK_MONOTONIC, &b);
	if (woken != rounds)
		return 1;
	printf("%.1f\n", ((double)(b.tv_sec - a.tv_sec) * 1e9 + (double)(b.tv_nsec - a.tv_nsec)) /
				 (double)rounds);
	for (long i = 0; i < n; i++)
		fxfutex_wait_async_cancel(f, &waits[i]);
	fxfutex_free(f);
	return 0;
}
