/* SPDX-License-Identifier: MIT */
/*
 * A balance that is read with the lock, and written with the lock.
 *
 * Breaks: somebody else does both between. Right: with one lock.
 */
#include "guest-progs/zoo/zoo.h"

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static int balance;

static void *deposit(void *arg)
{
	int seen;

	pthread_mutex_lock(&lock);
	seen = balance;
	if (!RIGHT)
		pthread_mutex_unlock(&lock);
	MEET(1, number_of(arg), 2);
	if (!RIGHT)
		pthread_mutex_lock(&lock);
	balance = seen + 10;
	pthread_mutex_unlock(&lock);
	return arg;
}

int main(void)
{
	run(2, deposit);
	check(balance == 20);
	return 0;
}
