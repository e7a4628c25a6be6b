/* SPDX-License-Identifier: MIT */
/*
 * Two threads write the same line, in two calls each.
 *
 * Breaks: one line is inside the other. Right: with a lock.
 */
#include "guest-progs/zoo/zoo.h"

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static void *writer(void *arg)
{
	if (RIGHT)
		pthread_mutex_lock(&lock);
	check(write(1, "one ", 4) == 4);
	MEET(1, number_of(arg), 2);
	check(write(1, "two\n", 4) == 4);
	if (RIGHT)
		pthread_mutex_unlock(&lock);
	return arg;
}

int main(void)
{
	run(2, writer);
	return 0;
}
