/* SPDX-License-Identifier: MIT */
/*
 * A stream that is locked by who joins a thread that prints.
 *
 * HANG: cycle main printer
 * waits: main join
 * waits: printer internal
 */
#include "guest-progs/hang/hang.h"

static void *printer(void *arg)
{
	puts("never seen"); /* here: printer */
	return arg;
}

int main(void)
{
	flockfile(stdout);
	pthread_join(spawn("printer", printer), NULL); /* here: main */
	return 0;
}
