/* SPDX-License-Identifier: MIT */
/*
 * A lock in a frame of the thread that joins who wants it.
 *
 * HANG: cycle main other
 * waits: main join
 * waits: other mutex job.lock
 */
#include "guest-progs/hang/hang.h"

struct job {
	int number;
	pthread_mutex_t lock;
};

static struct job *current;

static void *other(void *arg)
{
	pthread_mutex_lock(&current->lock); /* here: other */
	return arg;
}

int main(void)
{
	struct job job = {1, PTHREAD_MUTEX_INITIALIZER};

	current = &job;
	pthread_mutex_lock(&job.lock);
	pthread_join(spawn("other", other), NULL); /* here: main */
	return job.number;
}
