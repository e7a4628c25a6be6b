/* SPDX-License-Identifier: MIT */
/*
 * A barrier for three, to which two come.
 *
 * HANG: nobody main other
 * waits: main barrier start
 * waits: other barrier start
 */
#include "guest-progs/hang/hang.h"

static pthread_barrier_t start;

static void *other(void *arg)
{
	pthread_barrier_wait(&start); /* here: other */
	return arg;
}

int main(void)
{
	pthread_barrier_init(&start, NULL, 3);
	spawn("other", other);
	pthread_barrier_wait(&start); /* here: main */
	return 0;
}
