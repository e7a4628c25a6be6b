/* SPDX-License-Identifier: MIT */
/*
 * An error-checking mutex and an adaptive one, in two orders: no single one sees it.
 *
 * HANG: cycle left right
 * waits: main join
 * waits: left mutex careful
 * waits: right mutex fast
 */
#include "guest-progs/hang/hang.h"

static pthread_mutex_t careful, fast;
static pthread_barrier_t both;

static void *left(void *arg)
{
	pthread_mutex_lock(&fast);
	pthread_barrier_wait(&both);
	pthread_mutex_lock(&careful); /* here: left */
	return arg;
}

static void *right(void *arg)
{
	pthread_mutex_lock(&careful);
	pthread_barrier_wait(&both);
	pthread_mutex_lock(&fast); /* here: right */
	return arg;
}

int main(void)
{
	pthread_t l;

	init_mutex(&careful, PTHREAD_MUTEX_ERRORCHECK, PTHREAD_PRIO_NONE, PTHREAD_MUTEX_STALLED);
	init_mutex(&fast, PTHREAD_MUTEX_ADAPTIVE_NP, PTHREAD_PRIO_NONE, PTHREAD_MUTEX_STALLED);
	pthread_barrier_init(&both, NULL, 2);
	l = spawn("left", left);
	spawn("right", right);
	pthread_join(l, NULL); /* here: main */
	return 0;
}
