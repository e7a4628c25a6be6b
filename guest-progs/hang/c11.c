/* SPDX-License-Identifier: MIT */
/*
 * C11's mutexes, in two orders.
 *
 * HANG: cycle left right
 * waits: main join
 * waits: left mutex lock_b
 * waits: right mutex lock_a
 */
#include "guest-progs/hang/hang.h"

#include <threads.h>

static mtx_t lock_a, lock_b;
static pthread_barrier_t both;

static int left(void *arg)
{
	(void)arg;
	name_self("left");
	mtx_lock(&lock_a);
	pthread_barrier_wait(&both);
	mtx_lock(&lock_b); /* here: left */
	return 0;
}

static int right(void *arg)
{
	(void)arg;
	name_self("right");
	mtx_lock(&lock_b);
	pthread_barrier_wait(&both);
	mtx_lock(&lock_a); /* here: right */
	return 0;
}

int main(void)
{
	thrd_t l, r;

	mtx_init(&lock_a, mtx_plain);
	mtx_init(&lock_b, mtx_plain);
	pthread_barrier_init(&both, NULL, 2);
	thrd_create(&l, left, NULL);
	thrd_create(&r, right, NULL);
	name_self("main");
	thrd_join(l, NULL); /* here: main */
	return 0;
}
