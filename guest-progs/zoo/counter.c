/* SPDX-License-Identifier: MIT */
/*
 * A counter that is read and written.
 *
 * Breaks: somebody else does both between. Right: one atomic addition.
 */
#include "guest-progs/zoo/zoo.h"

static int count;

static void *counter(void *arg)
{
	int i;

	for (i = 0; i < 2; i++) {
		int seen = get(count);

		MEET(1, number_of(arg), 2);
		if (RIGHT)
			add(count, 1);
		else
			set(count, seen + 1);
	}
	return arg;
}

int main(void)
{
	run(2, counter);
	if (count != 4)
		wrong("a count is lost");
	return 0;
}
