/* SPDX-License-Identifier: MIT */
/*
 * An event that says that a queue has something.
 *
 * Breaks: the worker has emptied the queue, something is put and the event set, and then the worker
 * resets it. Right: reset first, emptied afterwards.
 */
#include "guest-progs/zoo/zoo.h"

enum { ITEMS = 4 };

static pthread_mutex_t event_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t queue_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t event_set = PTHREAD_COND_INITIALIZER;
static int event, queued;

static void put(void)
{
	pthread_mutex_lock(&queue_lock);
	queued++;
	pthread_mutex_unlock(&queue_lock);
	pthread_mutex_lock(&event_lock);
	event = 1;
	pthread_cond_signal(&event_set);
	pthread_mutex_unlock(&event_lock);
}

static void *worker(void *arg)
{
	int taken = 0;

	while (taken < ITEMS) {
		pthread_mutex_lock(&event_lock);
		while (!event)
			pthread_cond_wait(&event_set, &event_lock);
		if (RIGHT)
			event = 0;
		pthread_mutex_unlock(&event_lock);
		pthread_mutex_lock(&queue_lock);
		taken += queued;
		queued = 0;
		pthread_mutex_unlock(&queue_lock);
		WINDOW(1);
		WINDOW(4);
		if (!RIGHT) {
			pthread_mutex_lock(&event_lock);
			event = 0;
			pthread_mutex_unlock(&event_lock);
		}
	}
	return arg;
}

int main(void)
{
	pthread_t thread = start(worker, NULL);
	int i;

	for (i = 1; i < ITEMS; i++)
		put();
	WINDOW(2);
	put();
	WINDOW(3);
	join(thread);
	return 0;
}
