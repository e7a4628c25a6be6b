/* SPDX-License-Identifier: MIT */
/*
 * Two initialisations, each of which needs the other, begun by two threads.
 *
 * HANG: cycle left right
 * waits: main join
 * waits: left once once_b
 * waits: right once once_a
 */
#include "guest-progs/hang/hang.h"

static pthread_once_t once_a = PTHREAD_ONCE_INIT, once_b = PTHREAD_ONCE_INIT;
static pthread_barrier_t both;

static void nothing(void)
{
}

static void init_a(void)
{
	pthread_barrier_wait(&both);
	pthread_once(&once_b, nothing); /* here: left */
}

static void init_b(void)
{
	pthread_barrier_wait(&both);
	pthread_once(&once_a, nothing); /* here: right */
}

static void *left(void *arg)
{
	pthread_once(&once_a, init_a);
	return arg;
}

static void *right(void *arg)
{
	pthread_once(&once_b, init_b);
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
