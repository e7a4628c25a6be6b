/* SPDX-License-Identifier: MIT */
/*
 * pause(), as long as a handler has not set a flag.
 *
 * Breaks: the signal comes between the look and the call. Right: it is blocked until sigsuspend.
 */
#include "guest-progs/zoo/zoo.h"

#include <signal.h>

static pthread_t main_thread;
static volatile sig_atomic_t got;

static void on_signal(int sig)
{
	(void)sig;
	got = 1;
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

	main_thread = pthread_self();
	signal(SIGUSR1, on_signal);
	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	if (RIGHT)
		pthread_sigmask(SIG_BLOCK, &set, &old);
	thread = start(sender, NULL);
	while (!got) {
		WINDOW(1);
		WINDOW(4);
		if (RIGHT)
			sigsuspend(&old);
		else
			pause();
	}
	join(thread);
	return 0;
}
