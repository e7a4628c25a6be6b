/* SPDX-License-Identifier: MIT */
/*
 * A robust mutex whose owner ended; the heir keeps it and waits for who wants it.
 *
 * HANG: cycle heir third
 * waits: main join
 * waits: heir join
 * waits: third mutex lock
 */
#include "guest-progs/hang/hang.h"

static pthread_mutex_t lock;

static void *owner(void *arg)
{
	pthread_mutex_lock(&lock);
	return arg;
}

static void *third(void *arg)
{
	pthread_mutex_lock(&lock); /* here: third */
	return arg;
}

static void *heir(void *arg)
{
	if (pthread_mutex_lock(&lock) != EOWNERDEAD)
		abort();
	pthread_join(spawn("third", third), NULL); /* here: heir */
	return arg;
}

int main(void)
{
	init_mutex(&lock, PTHREAD_MUTEX_NORMAL, PTHREAD_PRIO_NONE, PTHREAD_MUTEX_ROBUST);
	pthread_join(spawn("owner", owner), NULL);
	pthread_join(spawn("heir", heir), NULL); /* here: main */
	return 0;
}
