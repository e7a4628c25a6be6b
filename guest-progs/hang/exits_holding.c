/* SPDX-License-Identifier: MIT */
/*
 * A thread that returns with a lock; two wait for it.
 *
 * HANG: ended main second
 * waits: main mutex lock
 * waits: second mutex lock
 */
#include "guest-progs/hang/hang.h"

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static void *owner(void *arg)
{
	pthread_mutex_lock(&lock);
	return arg;
}

static void *second(void *arg)
{
	pthread_mutex_lock(&lock); /* here: second */
	return arg;
}

int main(void)
{
	pthread_join(spawn("owner", owner), NULL);
	spawn("second", second);
	pthread_mutex_lock(&lock); /* here: main */
	return 0;
}
