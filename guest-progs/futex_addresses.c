/* SPDX-License-Identifier: MIT */
/*
 * Prints the addresses of its futex words, "word 0x...", and then makes
 * threads meet at each: mutex, condition, semaphore, barrier and join.
 */
#include <semaphore.h>

#include "guest-progs/guest.h"

#define THREADS 4
#define ROUNDS	200

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t cond = PTHREAD_COND_INITIALIZER;
static pthread_barrier_t barrier;
static sem_t sem;
static int turn;

/* Four bytes at each place of the object may be a futex word. */
static void print(const void *object, size_t size)
{
	for (size_t i = 0; i < size; i += 4)
		printf("word %p\n", (const void *)((const char *)object + i));
}

static void *runs(void *arg)
{
	pthread_barrier_wait(&barrier);
	for (int i = 0; i < ROUNDS; i++) {
		pthread_mutex_lock(&mutex);
		while (turn % THREADS != (int)(long)arg)
			pthread_cond_wait(&cond, &mutex);
		turn++;
		pthread_cond_broadcast(&cond);
		pthread_mutex_unlock(&mutex);
		sem_post(&sem);
	}
	pthread_barrier_wait(&barrier);
	return arg;
}

int main(void)
{
	pthread_t threads[THREADS];

	pthread_barrier_init(&barrier, NULL, THREADS);
	sem_init(&sem, 0, 0);
	print(&mutex, sizeof(mutex));
	print(&cond, sizeof(cond));
	print(&barrier, sizeof(barrier));
	print(&sem, sizeof(sem));
	for (long i = 0; i < THREADS; i++) {
		threads[i] = start_thread(runs, (void *)i);
		/* The thread's own id word, which its joiner waits for, lies in here. */
		print((const void *)threads[i], 2304);
	}
	for (int i = 0; i < THREADS * ROUNDS; i++)
		sem_wait(&sem);
	for (int i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	return 0;
}
