/* SPDX-License-Identifier: MIT */
/*
 * Two locks, taken in two orders.
 *
 * HANG: cycle left right
 * waits: main join
 * waits: left mutex lock_b
 * waits: right mutex lock_a
 */
#include "guest-progs/hang/hang.h"

static pthread_mutex_t lock_a = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t lock_b = PTHREAD_MUTEX_INITIALIZER;
static pthread_barrier_t both;

static void *left(void *arg)
{
	pthread_mutex_lock(&lock_a);
	pthread_barrier_wait(&both);
	pthread_mutex_lock(&lock_b); /* here: left */
	return arg;
}

static void *right(void *arg)
{
	pthread_mutex_lock(&lock_b);
	pthread_barrier_wait(&both);
	pthread_mutex_lock(&lock_a); /* here: right */
	return arg;
}

int main(void)
{
	pthread_t l, r;

	pthread_barrier_init(&both, NULL, 2);
	l = spawn("left", left);
	r = spawn("right", right);
	pthread_join(l, NULL); /* here: main */
	pthread_join(r, NULL);
	return 0;
}
