/* SPDX-License-Identifier: MIT */
/*
 * A condition whose state is changed under another mutex than it is waited for with.
 *
 * HANG: nobody waiter
 * waits: main join
 * waits: waiter condition changed
 */
#include "guest-progs/hang/hang.h"

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t wrong = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static pthread_barrier_t looked, set;
static atomic_int done;

static void *waiter(void *arg)
{
	pthread_mutex_lock(&lock);
	if (!done) {
		pthread_barrier_wait(&looked);
		pthread_barrier_wait(&set);
		pthread_cond_wait(&changed, &lock); /* here: waiter */
	}
	pthread_mutex_unlock(&lock);
	return arg;
}

int main(void)
{
	pthread_t t;

	pthread_barrier_init(&looked, NULL, 2);
	pthread_barrier_init(&set, NULL, 2);
	t = spawn("waiter", waiter);
	pthread_barrier_wait(&looked);
	pthread_mutex_lock(&wrong);
	done = 1;
	pthread_cond_signal(&changed);
	pthread_mutex_unlock(&wrong);
	pthread_barrier_wait(&set);
	pthread_join(t, NULL); /* here: main */
	return 0;
}
