/* SPDX-License-Identifier: MIT */
/*
 * A flag that is set, and its condition signalled, without the lock.
 *
 * Breaks: both happen when main has seen that the flag is not set and does not wait yet. Right:
 * with the lock.
 */
#include "guest-progs/zoo/zoo.h"

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t ready = PTHREAD_COND_INITIALIZER;
static int is_ready;

static void *worker(void *arg)
{
	WINDOW(2);
	if (RIGHT)
		pthread_mutex_lock(&lock);
	set(is_ready, 1);
	pthread_cond_signal(&ready);
	if (RIGHT)
		pthread_mutex_unlock(&lock);
	WINDOW(3);
	return arg;
}

int main(void)
{
	pthread_t thread = start(worker, NULL);

	pthread_mutex_lock(&lock);
	while (!get(is_ready)) {
		WINDOW(1);
		WINDOW(4);
		pthread_cond_wait(&ready, &lock);
	}
	pthread_mutex_unlock(&lock);
	join(thread);
	return 0;
}
