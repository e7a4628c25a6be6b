/* SPDX-License-Identifier: MIT */
/*
 * A sequence lock: the count is odd while the writer writes.
 *
 * Breaks: the writer begins when the reader has seen that it does not write. Right: the reader
 * looks at the count again, and reads again if it has changed.
 */
#include "guest-progs/zoo/zoo.h"

static int count, a, b;

static void *writer(void *arg)
{
	WINDOW(2);
	add(count, 1);
	set(a, 1);
	work();
	WINDOW(3);
	WINDOW(6);
	set(b, 1);
	add(count, 1);
	return arg;
}

static void *reader(void *arg)
{
	int before, x, y;

	for (;;) {
		before = get(count);
		WINDOW(1);
		WINDOW(4);
		x = get(a);
		y = get(b);
		if (before % 2 == 0 && (!RIGHT || get(count) == before))
			break;
		WINDOW(5);
		sched_yield();
	}
	check(x == y);
	return arg;
}

int main(void)
{
	run_two(reader, writer);
	return 0;
}
