/* SPDX-License-Identifier: MIT */
/* Detached threads do their work and leave; the process ends by the last one's pthread_exit. */
#include <semaphore.h>

#include "guest-progs/guest.h"

#define THREADS 100

static sem_t done;
static int sum;

static void *worker(void *arg)
{
	__atomic_add_fetch(&sum, (int)(long)arg, __ATOMIC_RELAXED);
	sem_post(&done);
	return NULL;
}

static void *last(void *arg)
{
	pid_t leader = getpid();

	/* The first thread is gone for good once it is a zombie. */
	await_that(thread_state(leader) == 'Z');
	printf("the leader has left\n");
	return arg;
}

int main(void)
{
	pthread_attr_t attr;
	pthread_t thread;

	sem_init(&done, 0, 0);
	pthread_attr_init(&attr);
	pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
	for (long i = 0; i < THREADS; i++)
		need(pthread_create(&thread, &attr, worker, (void *)i) == 0);
	for (int i = 0; i < THREADS; i++)
		sem_wait(&done);
	printf("sum %d\n", sum);
	fflush(stdout);
	need(pthread_create(&thread, &attr, last, NULL) == 0);
	pthread_exit(NULL);
}
