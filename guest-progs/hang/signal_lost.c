/* SPDX-License-Identifier: MIT */
/*
 * A condition that is signalled before anybody waits for it.
 *
 * HANG: nobody main
 * waits: main condition ready
 */
#include "guest-progs/hang/hang.h"

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t ready = PTHREAD_COND_INITIALIZER;

static void *signaller(void *arg)
{
	pthread_mutex_lock(&lock);
	pthread_cond_signal(&ready);
	pthread_mutex_unlock(&lock);
	return arg;
}

int main(void)
{
	pthread_join(spawn("signaller", signaller), NULL);
	pthread_mutex_lock(&lock);
	pthread_cond_wait(&ready, &lock); /* here: main */
	return 0;
}
