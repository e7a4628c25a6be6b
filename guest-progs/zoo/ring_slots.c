/* SPDX-License-Identifier: MIT */
/*
 * A circular buffer whose producers take a place each by an atomic addition, and fill it then.
 *
 * Breaks: the consumer takes what is in a place before it is filled. Right: it waits for the place.
 */
#include "guest-progs/zoo/zoo.h"

enum { ITEMS = 2 };

static int slots[ITEMS], head, sum;

static void *producer(void *arg)
{
	int place = add(head, 1);

	WINDOW(1);
	WINDOW(3);
	set(slots[place], number_of(arg) + 1);
	return NULL;
}

int main(void)
{
	pthread_t a = start(producer, numbered(0)), b = start(producer, numbered(1));
	int tail;

	for (tail = 0; tail < ITEMS; tail++) {
		int item;

		WINDOW(2);
		while (RIGHT ? get(slots[tail]) == 0 : get(head) <= tail)
			sched_yield();
		item = get(slots[tail]);
		check(item != 0);
		sum += item;
	}
	join(a);
	join(b);
	check(sum == 3);
	return 0;
}
