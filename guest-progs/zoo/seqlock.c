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
	int i;

	for (i = 1; i <= 3; i++) {
		WINDOW(2);
		add(count, 1);
		set(a, i);
		work();
		WINDOW(3);
		WINDOW(6);
		set(b, i);
		add(count, 1);
	}
	return arg;
}

static void read_both(void)
{
	for (;;) {
		int before = get(count), x, y;

		WINDOW(1);
		WINDOW(4);
		x = get(a);
		y = get(b);
		if (before % 2 == 0 && (!RIGHT || get(count) == before)) {
			check(x == y);
			return;
		}
		WINDOW(5);
		sched_yield();
	}
}

static void *reader(void *arg)
{
	int i;

	for (i = 0; i < 4; i++)
		read_both();
	return arg;
}

int main(void)
{
	run_two(reader, writer);
	return 0;
}
