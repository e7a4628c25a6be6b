/* SPDX-License-Identifier: MIT */
/*
 * Five philosophers, each with the fork at its left.
 *
 * HANG: cycle plato kant hume marx mill
 * waits: main join
 * waits: plato mutex fork_of[1]
 * waits: kant mutex fork_of[2]
 * waits: hume mutex fork_of[3]
 * waits: marx mutex fork_of[4]
 * waits: mill mutex fork_of[0]
 */
#include "guest-progs/hang/hang.h"

static pthread_mutex_t fork_of[5];
static pthread_barrier_t hungry;
static const char *const name[] = {"plato", "kant", "hume", "marx", "mill"};

static void *dine(void *arg)
{
	const int i = (int)(long)arg;

	name_self(name[i]);
	pthread_mutex_lock(&fork_of[i]);
	pthread_barrier_wait(&hungry);
	pthread_mutex_lock(&fork_of[(i + 1) % 5]); /* here: plato kant hume marx mill */
	return arg;
}

int main(void)
{
	pthread_t t[5];

	name_self("main");
	pthread_barrier_init(&hungry, NULL, 5);
	for (int i = 0; i < 5; i++)
		pthread_mutex_init(&fork_of[i], NULL);
	for (long i = 0; i < 5; i++)
		pthread_create(&t[i], NULL, dine, (void *)i);
	pthread_join(t[0], NULL); /* here: main */
	return 0;
}
