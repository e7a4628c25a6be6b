/* SPDX-License-Identifier: MIT */
/*
 * Two threads count by turns, one the even numbers and one the odd; none waits for the other, and
 * each tries it TRIES times. It fails if they come to ROUNDS each. For that the first has to be
 * interrupted after each of its numbers but the last, behind which it ends; and so has the second:
 * 2 * ROUNDS - 2 times.
 */
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>

#define TRIES 8

static int rounds, count;

static void *take(void *first)
{
	int n = (int)(intptr_t)first;

	for (int i = 0; i < TRIES && n < 2 * rounds; i++) {
		int expected = n;

		if (__atomic_compare_exchange_n(&count, &expected, n + 1, 0, __ATOMIC_SEQ_CST,
						__ATOMIC_SEQ_CST))
			n += 2;
	}
	return NULL;
}

int main(int argc, char **argv)
{
	pthread_t even, odd;

	rounds = argc > 1 ? atoi(argv[1]) : 2;
	pthread_create(&even, NULL, take, (void *)0);
	pthread_create(&odd, NULL, take, (void *)1);
	pthread_join(even, NULL);
	pthread_join(odd, NULL);
	return count == 2 * rounds;
}
