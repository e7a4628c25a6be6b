/* SPDX-License-Identifier: MIT */
/*
 * Two locks in two orders, after main has ended its own thread: to /proc the process has neither
 * memory nor descriptors then, only its threads have.
 *
 * HANG: cycle left right
 * waits: left mutex lock_b
 * waits: right mutex lock_a
 */
#include "guest-progs/hang/hang.h"

static pthread_mutex_t lock_a = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t lock_b = PTHREAD_MUTEX_INITIALIZER;
static pthread_barrier_t both;
static pthread_t first;

static void *left(void *arg)
{
	pthread_join(first, NULL);
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
	first = pthread_self();
	pthread_barrier_init(&both, NULL, 2);
	spawn("left", left);
	spawn("right", right);
	pthread_exit(NULL);
}
