/* SPDX-License-Identifier: MIT */
/*
 * The last of something is looked for without the lock, and taken with it.
 *
 * Breaks: both see it before one takes it. Right: looked for with the lock.
 */
#include "guest-progs/zoo/zoo.h"

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static int left = 1;

static void *taker(void *arg)
{
	int there;

	if (RIGHT)
		pthread_mutex_lock(&lock);
	there = get(left) > 0;
	MEET(1, number_of(arg), 2);
	if (!RIGHT && there)
		pthread_mutex_lock(&lock);
	if (there) {
		check(left > 0);
		left--;
	}
	if (RIGHT || there)
		pthread_mutex_unlock(&lock);
	return arg;
}

int main(void)
{
	run(2, taker);
	return 0;
}
