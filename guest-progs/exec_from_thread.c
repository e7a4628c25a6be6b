/* SPDX-License-Identifier: MIT */
/* A thread that is not the first executes a program: all others end, the process ID stays. */
#include "guest-progs/guest.h"

static char **own_argv;

static void *executes(void *arg)
{
	char pid[16];

	snprintf(pid, sizeof(pid), "%d", (int)getpid());
	execl("/proc/self/exe", own_argv[0], pid, NULL);
	return arg;
}

static void *spins(void *arg)
{
	for (;;)
		sched_yield();
	return arg;
}

int main(int argc, char **argv)
{
	if (argc > 1) {
		printf("same process %d, leader %d\n", atoi(argv[1]) == getpid(),
		       own_tid() == getpid());
		return 0;
	}
	own_argv = argv;
	for (int i = 0; i < 10; i++)
		start_thread(spins, NULL);
	pthread_join(start_thread(executes, NULL), NULL);
	return 1;
}
