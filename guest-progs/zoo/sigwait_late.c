/* SPDX-License-Identifier: MIT */
/*
 * A thread that blocks a signal to wait for it, when others know already that it is there.
 *
 * Breaks: the signal comes before it is blocked, and the handler for strays has it. Right: blocked
 * before the thread is there.
 */
#include "guest-progs/zoo/zoo.h"

#include <semaphore.h>
#include <signal.h>

static sem_t started;
static sigset_t set;

static void stray(int sig)
{
	(void)sig;
}

static void *waiter(void *arg)
{
	int sig = 0;

	sem_post(&started);
	WINDOW(2);
	pthread_sigmask(SIG_BLOCK, &set, NULL);
	sigwait(&set, &sig);
	check(sig == SIGUSR1);
	return arg;
}

int main(void)
{
	pthread_t thread;

	sem_init(&started, 0, 0);
	signal(SIGUSR1, stray);
	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	if (RIGHT)
		pthread_sigmask(SIG_BLOCK, &set, NULL);
	thread = start(waiter, NULL);
	sem_wait(&started);
	pthread_kill(thread, SIGUSR1);
	WINDOW(1);
	join(thread);
	return 0;
}
