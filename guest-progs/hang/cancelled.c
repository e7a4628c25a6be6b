/* SPDX-License-Identifier: MIT */
/*
 * A thread that is cancelled with a lock.
 *
 * HANG: ended main
 * waits: main mutex lock
 */
#include "guest-progs/hang/hang.h"

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static sem_t taken, never;

static void *owner(void *arg)
{
	pthread_mutex_lock(&lock);
	sem_post(&taken);
	sem_wait(&never);
	pthread_mutex_unlock(&lock);
	return arg;
}

int main(void)
{
	pthread_t t;

	sem_init(&taken, 0, 0);
	sem_init(&never, 0, 0);
	t = spawn("owner", owner);
	sem_wait(&taken);
	pthread_cancel(t);
	pthread_join(t, NULL);
	pthread_mutex_lock(&lock); /* here: main */
	return 0;
}
