/* SPDX-License-Identifier: MIT */
/*
 * A semaphore made of futex(2).
 *
 * Breaks: it is posted between the look that finds 0 and the one whose value the kernel is asked to
 * compare, which is 1. Right: the kernel is asked to compare with 0.
 */
#include "guest-progs/zoo/zoo.h"

static int count;

static void down(void)
{
	for (;;) {
		int seen = get(count);

		while (seen > 0) {
			if (cas(count, seen, seen - 1))
				return;
			seen = get(count);
		}
		WINDOW(1);
		WINDOW(4);
		futex_wait(&count, RIGHT ? 0 : get(count));
	}
}

static void *poster(void *arg)
{
	WINDOW(2);
	add(count, 1);
	futex_wake(&count, 1);
	WINDOW(3);
	return arg;
}

int main(void)
{
	pthread_t thread = start(poster, NULL);

	down();
	join(thread);
	check(count == 0);
	return 0;
}
