/* SPDX-License-Identifier: MIT */
/*
 * A handler that takes a lock of the code that it interrupts.
 *
 * Breaks: the signal comes when main has the lock. Right: main blocks it as long.
 */
#include "guest-progs/zoo/zoo.h"

#include <signal.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_t main_thread;
static volatile int count;

static void on_signal(int sig)
{
	(void)sig;
	pthread_mutex_lock(&lock);
	count += 10;
	pthread_mutex_unlock(&lock);
}

static void *sender(void *arg)
{
	WINDOW(2);
	pthread_kill(main_thread, SIGUSR1);
	WINDOW(3);
	return arg;
}

int main(void)
{
	pthread_t thread;
	sigset_t set, old;
	int i;

	main_thread = pthread_self();
	signal(SIGUSR1, on_signal);
	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	thread = start(sender, NULL);
	for (i = 0; i < 3; i++) {
		if (RIGHT)
			pthread_sigmask(SIG_BLOCK, &set, &old);
		pthread_mutex_lock(&lock);
		count++;
		WINDOW(1);
		WINDOW(4);
		pthread_mutex_unlock(&lock);
		if (RIGHT)
			pthread_sigmask(SIG_SETMASK, &old, NULL);
	}
	join(thread);
	return 0;
}
