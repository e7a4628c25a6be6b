/* SPDX-License-Identifier: MIT */
/*
 * A condition that stands for nothing but itself.
 *
 * Breaks: it is signalled before main waits. Right: a word says that it was.
 */
#include "guest-progs/zoo/zoo.h"

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t done = PTHREAD_COND_INITIALIZER;
static int is_done;

static void *worker(void *arg)
{
	pthread_mutex_lock(&lock);
	is_done = 1;
	pthread_cond_signal(&done);
	pthread_mutex_unlock(&lock);
	WINDOW(1);
	return arg;
}

int main(void)
{
	pthread_t thread = start(worker, NULL);

	WINDOW(2);
	pthread_mutex_lock(&lock);
	if (RIGHT)
		while (!is_done)
			pthread_cond_wait(&done, &lock);
	else
		pthread_cond_wait(&done, &lock);
	pthread_mutex_unlock(&lock);
	join(thread);
	return 0;
}
