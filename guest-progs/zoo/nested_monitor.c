/* SPDX-License-Identifier: MIT */
/*
 * A monitor in a monitor: who waits for a condition of the inner lock keeps the outer one.
 *
 * Breaks: the taker comes first, and the giver cannot get in. Right: the taker needs no outer lock.
 */
#include "guest-progs/zoo/zoo.h"

static pthread_mutex_t outer = PTHREAD_MUTEX_INITIALIZER, inner = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t filled = PTHREAD_COND_INITIALIZER;
static int item;

static void *giver(void *arg)
{
	WINDOW(2);
	pthread_mutex_lock(&outer);
	pthread_mutex_lock(&inner);
	item = 1;
	pthread_cond_signal(&filled);
	pthread_mutex_unlock(&inner);
	pthread_mutex_unlock(&outer);
	return arg;
}

static void *taker(void *arg)
{
	if (!RIGHT)
		pthread_mutex_lock(&outer);
	pthread_mutex_lock(&inner);
	while (!item) {
		WINDOW(1);
		pthread_cond_wait(&filled, &inner);
	}
	item = 0;
	pthread_mutex_unlock(&inner);
	if (!RIGHT)
		pthread_mutex_unlock(&outer);
	return arg;
}

int main(void)
{
	run_two(giver, taker);
	check(item == 0);
	return 0;
}
