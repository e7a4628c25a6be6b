/* SPDX-License-Identifier: MIT */
/*
 * A hand-made lock for readers and one writer.
 *
 * Breaks: a reader has seen no writer, and counts itself when the writer has seen no reader. Right:
 * it looks again, and counts itself out if there is a writer.
 */
#include "guest-progs/zoo/zoo.h"

static int readers, writing, a, b;

static void read_lock(void)
{
	for (;;) {
		while (get(writing))
			sched_yield();
		WINDOW(1);
		WINDOW(4);
		add(readers, 1);
		if (!RIGHT || !get(writing))
			return;
		add(readers, -1);
	}
}

static void *reader(void *arg)
{
	int i;

	for (i = 0; i < 4; i++) {
		int x, y;

		read_lock();
		x = get(a);
		y = get(b);
		check(x == y);
		WINDOW(5);
		add(readers, -1);
	}
	return arg;
}

static void *writer(void *arg)
{
	int i;

	for (i = 1; i <= 3; i++) {
		WINDOW(2);
		swap(writing, 1);
		while (get(readers))
			sched_yield();
		set(a, i);
		work();
		WINDOW(3);
		WINDOW(6);
		set(b, i);
		set(writing, 0);
	}
	return arg;
}

int main(void)
{
	run_two(reader, writer);
	return 0;
}
