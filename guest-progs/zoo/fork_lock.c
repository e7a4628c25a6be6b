/* SPDX-License-Identifier: MIT */
/*
 * A child that needs a lock of its parent.
 *
 * Breaks: another thread has the lock at the fork; in the child nobody will unlock it. Right:
 * pthread_atfork.
 */
#include "guest-progs/zoo/zoo.h"

#include <sys/wait.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static volatile int count;

static void take(void)
{
	pthread_mutex_lock(&lock);
}

static void leave(void)
{
	pthread_mutex_unlock(&lock);
}

static void *worker(void *arg)
{
	take();
	WINDOW(1);
	count++;
	WINDOW(4);
	leave();
	return arg;
}

int main(void)
{
	pthread_t thread;
	int status = -1;
	pid_t child;

	if (RIGHT)
		pthread_atfork(take, leave, leave);
	thread = start(worker, NULL);
	WINDOW(2);
	child = fork();
	if (child == 0) {
		take();
		count++;
		leave();
		_exit(0);
	}
	WINDOW(3);
	join(thread);
	check(waitpid(child, &status, 0) == child && status == 0);
	return 0;
}
