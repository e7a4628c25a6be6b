/* SPDX-License-Identifier: MIT */
/*
 * One waits inside two locks and gives back one of them; who would wake it needs the other.
 *
 * HANG: chain caller inner
 * HANG: nobody inner
 * waits: main join
 * waits: caller mutex outer
 * waits: inner condition filled
 */
#include "guest-progs/hang/hang.h"

static pthread_mutex_t outer = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t filled = PTHREAD_COND_INITIALIZER;
static sem_t inside;

static void *inner(void *arg)
{
	pthread_mutex_lock(&outer);
	pthread_mutex_lock(&lock);
	sem_post(&inside);
	pthread_cond_wait(&filled, &lock); /* here: inner */
	return arg;
}

static void *caller(void *arg)
{
	sem_wait(&inside);
	pthread_mutex_lock(&outer); /* here: caller */
	pthread_cond_signal(&filled);
	return arg;
}

int main(void)
{
	pthread_t t;

	sem_init(&inside, 0, 0);
	t = spawn("inner", inner);
	spawn("caller", caller);
	pthread_join(t, NULL); /* here: main */
	return 0;
}
