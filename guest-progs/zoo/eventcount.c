/* SPDX-License-Identifier: MIT */
/*
 * A hand-made event count: who waits does so for the count to change.
 *
 * Breaks: between the look at the word and that at the count both change, so main waits for the
 * change after it. Right: the count is read first.
 */
#include "guest-progs/zoo/zoo.h"

static int count, is_ready;

static void *worker(void *arg)
{
	WINDOW(2);
	set(is_ready, 1);
	add(count, 1);
	futex_wake(&count, 1);
	WINDOW(3);
	return arg;
}

int main(void)
{
	pthread_t thread = start(worker, NULL);

	for (;;) {
		int seen = RIGHT ? get(count) : 0;

		if (get(is_ready))
			break;
		WINDOW(1);
		WINDOW(4);
		if (!RIGHT)
			seen = get(count);
		futex_wait(&count, seen);
	}
	join(thread);
	return 0;
}
