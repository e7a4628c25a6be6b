/* SPDX-License-Identifier: MIT */
/*
 * A signal handler that takes the lock of the code that it interrupted.
 *
 * HANG: handler main
 * waits: main mutex lock
 */
#include "guest-progs/hang/hang.h"

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static void on_signal(int sig)
{
	(void)sig;
	pthread_mutex_lock(&lock); /* here: main */
	pthread_mutex_unlock(&lock);
}

int main(void)
{
	name_self("main");
	signal(SIGUSR1, on_signal);
	pthread_mutex_lock(&lock);
	raise(SIGUSR1);
	return 0;
}
