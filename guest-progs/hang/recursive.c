/* SPDX-License-Identifier: MIT */
/*
 * A recursive mutex, unlocked once too few.
 *
 * HANG: cycle main other
 * waits: main join
 * waits: other mutex lock
 */
#include "guest-progs/hang/hang.h"

static pthread_mutex_t lock;

static void *other(void *arg)
{
	pthread_mutex_lock(&lock); /* here: other */
	return arg;
}

int main(void)
{
	init_mutex(&lock, PTHREAD_MUTEX_RECURSIVE, PTHREAD_PRIO_NONE, PTHREAD_MUTEX_STALLED);
	pthread_mutex_lock(&lock);
	pthread_mutex_lock(&lock);
	pthread_mutex_unlock(&lock);
	pthread_join(spawn("other", other), NULL); /* here: main */
	return 0;
}
