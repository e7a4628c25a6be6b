/* SPDX-License-Identifier: MIT */
/*
 * Rounds with a barrier, which each thread leaves when it sees that it should stop.
 *
 * Breaks: one sees it a round earlier than the other, who waits for it at the barrier. Right: one
 * looks for both, between two barriers.
 */
#include "guest-progs/zoo/zoo.h"

enum { ROUNDS = 5 };

static pthread_barrier_t barrier, looked;
static int stop, stop_both;

static void *worker(void *arg)
{
	int id = number_of(arg), i;

	(void)id;
	for (i = 0; i < ROUNDS; i++) {
		WINDOW(id ? 4 : 0);
		if (!RIGHT && get(stop))
			break;
		WINDOW(id ? 0 : 1);
		if (pthread_barrier_wait(&barrier) == PTHREAD_BARRIER_SERIAL_THREAD)
			stop_both = get(stop);
		if (!RIGHT)
			continue;
		pthread_barrier_wait(&looked);
		if (stop_both)
			break;
	}
	return NULL;
}

int main(void)
{
	pthread_t a, b;

	pthread_barrier_init(&barrier, NULL, 2);
	pthread_barrier_init(&looked, NULL, 2);
	a = start(worker, numbered(0));
	b = start(worker, numbered(1));
	WINDOW(2);
	set(stop, 1);
	WINDOW(3);
	join(a);
	join(b);
	return 0;
}
