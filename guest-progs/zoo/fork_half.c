/* SPDX-License-Identifier: MIT */
/*
 * A child that looks at what its parent's other thread may be changing.
 *
 * Breaks: the fork comes between two stores. Right: it is made with the lock.
 */
#include "guest-progs/zoo/zoo.h"

#include <sys/wait.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static int a = 5, b = 5;

static void *worker(void *arg)
{
	pthread_mutex_lock(&lock);
	set(a, 4);
	WINDOW(1);
	WINDOW(4);
	set(b, 6);
	pthread_mutex_unlock(&lock);
	return arg;
}

int main(void)
{
	pthread_t thread = start(worker, NULL);
	int status = -1;
	pid_t child;

	WINDOW(2);
	if (RIGHT)
		pthread_mutex_lock(&lock);
	child = fork();
	if (child == 0)
		_exit(get(a) + get(b) == 10 ? 0 : 1);
	if (RIGHT)
		pthread_mutex_unlock(&lock);
	WINDOW(3);
	join(thread);
	check(waitpid(child, &status, 0) == child);
	if (status != 0)
		wrong("the child has half a transfer");
	return 0;
}
