/* SPDX-License-Identifier: MIT */
/*
 * An object of two, which the last one destroys.
 *
 * Breaks: both have left when the first one looks if it was the last. Right: what the decrement
 * itself says decides.
 */
#include "guest-progs/zoo/zoo.h"

static int references = 2, destroyed;

static void *user(void *arg)
{
	int last = add(references, -1) == 1;

	MEET(1, number_of(arg), 2);
	if (!RIGHT)
		last = get(references) == 0;
	if (last)
		check(add(destroyed, 1) == 0);
	return arg;
}

int main(void)
{
	run(2, user);
	check(destroyed == 1);
	return 0;
}
