/* SPDX-License-Identifier: MIT */
/*
 * Producer and consumer, each waiting for the other: the one's signal went to the other's
 * condition.
 *
 * HANG: nobody producer
 * HANG: nobody consumer
 * waits: main join
 * waits: producer condition queue.not_full
 * waits: consumer condition queue.not_empty
 */
#include "guest-progs/hang/hang.h"

static struct {
	int items;
	pthread_mutex_t lock;
	pthread_cond_t not_full, not_empty;
} queue = {1, PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, PTHREAD_COND_INITIALIZER};

static void *producer(void *arg)
{
	pthread_mutex_lock(&queue.lock);
	while (queue.items == 1 || arg == NULL)
		pthread_cond_wait(&queue.not_full, &queue.lock); /* here: producer */
	pthread_mutex_unlock(&queue.lock);
	return arg;
}

static void *consumer(void *arg)
{
	pthread_mutex_lock(&queue.lock);
	queue.items--;
	pthread_cond_signal(&queue.not_empty); /* not_full was meant */
	while (queue.items == 0)
		pthread_cond_wait(&queue.not_empty, &queue.lock); /* here: consumer */
	pthread_mutex_unlock(&queue.lock);
	return arg;
}

int main(void)
{
	pthread_t p = spawn("producer", producer);

	spawn("consumer", consumer);
	pthread_join(p, NULL); /* here: main */
	return 0;
}
