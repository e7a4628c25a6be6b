/* SPDX-License-Identifier: MIT */
/*
 * A thread ends with the only unit of a semaphore.
 *
 * HANG: nobody main
 * waits: main semaphore units
 */
#include "guest-progs/hang/hang.h"

static sem_t units;

static void *taker(void *arg)
{
	sem_wait(&units);
	return arg;
}

int main(void)
{
	sem_init(&units, 0, 1);
	pthread_join(spawn("taker", taker), NULL);
	sem_wait(&units); /* here: main */
	return 0;
}
