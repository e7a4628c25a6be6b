/* SPDX-License-Identifier: MIT */
/* A thread that is not the first forks: the child's only thread is a copy of it. */
#include "guest-progs/guest.h"

static void *nested(void *arg)
{
	return (void *)((long)arg + 1);
}

static void *forker(void *arg)
{
	pid_t child = fork();

	if (child == 0) {
		void *value;

		need(own_tid() == getpid());
		pthread_join(start_thread(nested, (void *)10), &value);
		_exit((int)(long)value);
	}
	say_end("child", child);
	return arg;
}

int main(void)
{
	pthread_join(start_thread(forker, NULL), NULL);
	return 0;
}
