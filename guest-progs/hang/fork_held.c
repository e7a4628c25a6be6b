/* SPDX-License-Identifier: MIT */
/*
 * fork while another thread has a lock; the child wants it.
 *
 * HANG: ended child
 * waits: child mutex lock
 * process: child
 */
#include "guest-progs/hang/hang.h"

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static sem_t taken, never;

static void *keeper(void *arg)
{
	pthread_mutex_lock(&lock);
	sem_post(&taken);
	sem_wait(&never);
	return arg;
}

int main(void)
{
	pid_t child;

	sem_init(&taken, 0, 0);
	sem_init(&never, 0, 0);
	spawn("keeper", keeper);
	sem_wait(&taken);
	child = fork();
	if (child == 0) {
		name_self("child");
		pthread_mutex_lock(&lock); /* here: child */
		_exit(0);
	}
	waitpid(child, NULL, 0);
	return 0;
}
