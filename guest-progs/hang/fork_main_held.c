/* SPDX-License-Identifier: MIT */
/*
 * The same, with a lock of the parent's first thread.
 *
 * HANG: forked child
 * waits: child mutex lock
 * process: child
 */
#include "guest-progs/hang/hang.h"

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static void *forker(void *arg)
{
	pid_t child = fork();

	if (child == 0) {
		name_self("child");
		pthread_mutex_lock(&lock); /* here: child */
		_exit(0);
	}
	waitpid(child, NULL, 0);
	return arg;
}

int main(void)
{
	pthread_mutex_lock(&lock);
	pthread_join(spawn("forker", forker), NULL);
	return 0;
}
