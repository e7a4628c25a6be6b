/* SPDX-License-Identifier: MIT */
/*
 * Two wait, and one is woken: a signal where a broadcast was meant.
 *
 * HANG: nobody waiter
 * waits: main join
 * waits: waiter condition ready
 */
#include "guest-progs/hang/hang.h"

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t ready = PTHREAD_COND_INITIALIZER;
static int waiting, go;

static void *waiter(void *arg)
{
	pthread_mutex_lock(&lock);
	waiting++;
	while (!go)
		pthread_cond_wait(&ready, &lock); /* here: waiter */
	pthread_mutex_unlock(&lock);
	return arg;
}

static bool both_wait(void)
{
	bool both;

	pthread_mutex_lock(&lock);
	both = waiting == 2;
	pthread_mutex_unlock(&lock);
	return both;
}

int main(void)
{
	pthread_t a = spawn("waiter", waiter), b = spawn("waiter", waiter);

	while (!both_wait())
		sched_yield();
	pthread_mutex_lock(&lock);
	go = 1;
	pthread_cond_signal(&ready);
	pthread_mutex_unlock(&lock);
	pthread_join(a, NULL); /* here: main */
	pthread_join(b, NULL); /* here: main */
	return 0;
}
