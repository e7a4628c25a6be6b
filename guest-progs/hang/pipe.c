/* SPDX-License-Identifier: MIT */
/*
 * Two threads that both read what the other is to write.
 *
 * waits: main join
 * calls: left read
 * calls: right read
 */
#include "guest-progs/hang/hang.h"

static int to_left[2], to_right[2];

static void *left(void *arg)
{
	char c = 0;

	if (read(to_left[0], &c, 1) == 1) /* here: left */
		return arg;
	return write(to_right[1], &c, 1) == 1 ? arg : NULL;
}

static void *right(void *arg)
{
	char c = 0;

	if (read(to_right[0], &c, 1) == 1) /* here: right */
		return arg;
	return write(to_left[1], &c, 1) == 1 ? arg : NULL;
}

int main(void)
{
	pthread_t l;

	if (pipe(to_left) < 0 || pipe(to_right) < 0)
		return 1;
	l = spawn("left", left);
	spawn("right", right);
	pthread_join(l, NULL); /* here: main */
	return 0;
}
