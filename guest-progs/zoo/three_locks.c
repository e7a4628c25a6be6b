/* SPDX-License-Identifier: MIT */
/*
 * Three threads, each with two of three locks in a ring, and calls between.
 *
 * Breaks: each has its first lock when it asks for the next one's. Right: the lower lock is taken
 * first.
 */
#include "guest-progs/zoo/zoo.h"

static pthread_mutex_t locks[3] = {PTHREAD_MUTEX_INITIALIZER, PTHREAD_MUTEX_INITIALIZER,
				   PTHREAD_MUTEX_INITIALIZER};

static void *worker(void *arg)
{
	int id = number_of(arg), first = id, second = (id + 1) % 3, i;

	if (RIGHT && second < first) {
		first = 0;
		second = 2;
	}
	pthread_mutex_lock(&locks[first]);
	for (i = 0; i < 3; i++)
		work();
	MEET(1, id, 3);
	pthread_mutex_lock(&locks[second]);
	pthread_mutex_unlock(&locks[second]);
	pthread_mutex_unlock(&locks[first]);
	return NULL;
}

int main(void)
{
	run(3, worker);
	return 0;
}
