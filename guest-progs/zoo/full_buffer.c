/* SPDX-License-Identifier: MIT */
/*
 * A bounded buffer of semaphores and a lock, which are taken in the wrong order.
 *
 * Breaks: the producer finds the buffer full when it has the lock that the consumer needs. Right:
 * it waits for room first.
 */
#include "guest-progs/zoo/zoo.h"

#include <semaphore.h>

enum { ROOM = 2, ITEMS = 3 };

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static sem_t room, items;
static int buffer[ROOM], sum;

static void *producer(void *arg)
{
	int i;

	for (i = 0; i < ITEMS; i++) {
		if (RIGHT)
			sem_wait(&room);
		pthread_mutex_lock(&lock);
		WINDOW(i == ITEMS - 1 ? 1 : 0);
		if (!RIGHT)
			sem_wait(&room);
		buffer[i % ROOM] = i + 1;
		sem_post(&items);
		pthread_mutex_unlock(&lock);
	}
	return arg;
}

static void *consumer(void *arg)
{
	int i;

	for (i = 0; i < ITEMS; i++) {
		sem_wait(&items);
		WINDOW(2);
		pthread_mutex_lock(&lock);
		sum += buffer[i % ROOM];
		pthread_mutex_unlock(&lock);
		sem_post(&room);
	}
	return arg;
}

int main(void)
{
	sem_init(&room, 0, ROOM);
	sem_init(&items, 0, 0);
	run_two(consumer, producer);
	check(sum == 6);
	return 0;
}
