/* SPDX-License-Identifier: MIT */
/*
 * No room for queued signals (RLIMIT_SIGPENDING): those that are sent to
 * threads and to the process arrive without their siginfo, and nobody dies of
 * any that the program has not sent.
 */
#include <signal.h>
#include <sys/resource.h>

#include "guest-progs/guest.h"

enum { ROUNDS = 2000 };

static volatile int by_thread, by_process, stop;

static void on_thread(int signal)
{
	(void)signal;
	by_thread++;
}

static void on_process(int signal)
{
	(void)signal;
	__atomic_add_fetch(&by_process, 1, __ATOMIC_SEQ_CST);
}

static void *calls(void *arg)
{
	while (!stop)
		sched_yield();
	return arg;
}

int main(void)
{
	struct rlimit none = {0, 0};
	struct sigaction one = {.sa_handler = on_thread}, two = {.sa_handler = on_process};
	pthread_t thread;

	sigaction(SIGUSR1, &one, NULL);
	sigaction(SIGUSR2, &two, NULL);
	need(setrlimit(RLIMIT_SIGPENDING, &none) == 0);
	thread = start_thread(calls, NULL);
	for (int i = 1; i <= ROUNDS; i++) {
		need(pthread_kill(thread, SIGUSR1) == 0);
		while (by_thread < i)
			sched_yield();
		need(kill(getpid(), SIGUSR2) == 0);
		while (by_process < i)
			sched_yield();
	}
	stop = 1;
	pthread_join(thread, NULL);
	printf("%d to the thread, %d to the process\n", by_thread, by_process);
	return 0;
}
