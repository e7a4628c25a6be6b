/* SPDX-License-Identifier: MIT */
/*
 * Two threads print the same line by stdio, in two halves each.
 *
 * Breaks: one line is inside the other. Right: with stdio's own lock.
 */
#include "guest-progs/zoo/zoo.h"

static void *printer(void *arg)
{
	if (RIGHT)
		flockfile(stdout);
	printf("one ");
	MEET(1, number_of(arg), 2);
	printf("two\n");
	if (RIGHT)
		funlockfile(stdout);
	return arg;
}

int main(void)
{
	static char buffer[BUFSIZ];

	setvbuf(stdout, buffer, _IOFBF, sizeof(buffer));
	run(2, printer);
	return 0;
}
