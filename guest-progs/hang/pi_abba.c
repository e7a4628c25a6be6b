/* SPDX-License-Identifier: MIT */
/*
 * Two locks with priority inheritance in two orders: Linux refuses the last one, and glibc waits
 * for ever, on a word of its own; which lock it was fxbox knows.
 *
 * HANG natively: refused
 * HANG under fxbox: cycle left right
 * waits: main join
 * either: left mutex lock_b
 * either: right mutex lock_a
 */
#include "guest-progs/hang/hang.h"

static pthread_mutex_t lock_a, lock_b;
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
	pthread_t l;

	init_mutex(&lock_a, PTHREAD_MUTEX_NORMAL, PTHREAD_PRIO_INHERIT, PTHREAD_MUTEX_STALLED);
	init_mutex(&lock_b, PTHREAD_MUTEX_NORMAL, PTHREAD_PRIO_INHERIT, PTHREAD_MUTEX_STALLED);
	pthread_barrier_init(&both, NULL, 2);
	l = spawn("left", left);
	spawn("right", right);
	pthread_join(l, NULL); /* here: main */
	return 0;
}
