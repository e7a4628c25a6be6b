/* SPDX-License-Identifier: MIT */
/*
 * Two reader-writer locks, written in two orders.
 *
 * HANG: cycle left right
 * waits: main join
 * waits: left rwlock-write lock_b
 * waits: right rwlock-write lock_a
 */
#include "guest-progs/hang/hang.h"

static pthread_rwlock_t lock_a = PTHREAD_RWLOCK_INITIALIZER;
static pthread_rwlock_t lock_b = PTHREAD_RWLOCK_INITIALIZER;
static pthread_barrier_t both;

static void *left(void *arg)
{
	pthread_rwlock_wrlock(&lock_a);
	pthread_barrier_wait(&both);
	pthread_rwlock_wrlock(&lock_b); /* here: left */
	return arg;
}

static void *right(void *arg)
{
	pthread_rwlock_wrlock(&lock_b);
	pthread_barrier_wait(&both);
	pthread_rwlock_wrlock(&lock_a); /* here: right */
	return arg;
}

int main(void)
{
	pthread_t l;

	pthread_barrier_init(&both, NULL, 2);
	l = spawn("left", left);
	spawn("right", right);
	pthread_join(l, NULL); /* here: main */
	return 0;
}
