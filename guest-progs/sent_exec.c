/* SPDX-License-Identifier: MIT */
/*
 * Signals that the hardware raises, sent and blocked, are there after an exec: those of the process
 * and those of the thread that executes, whichever thread it is; and they are after one that
 * failed.
 */
#include <signal.h>
#include <time.h>

#include "guest-progs/guest.h"

static const int kinds[] = {SIGTRAP, SIGSEGV, SIGBUS, SIGILL, SIGSYS, SIGUSR1};

enum { KINDS = sizeof(kinds) / sizeof(kinds[0]) };

static sigset_t all_kinds(void)
{
	sigset_t set;

	sigemptyset(&set);
	for (int i = 0; i < KINDS; i++)
		sigaddset(&set, kinds[i]);
	return set;
}

static void say_waiting(void)
{
	static const struct timespec none;
	sigset_t set = all_kinds();
	siginfo_t info;
	int values[65] = {0};

	/* In which order is not asked here. */
	while (sigtimedwait(&set, &info, &none) > 0)
		values[info.si_signo] +=
			info.si_code == SI_QUEUE ? info.si_value.sival_int : info.si_code;
	for (int i = 0; i < KINDS; i++)
		printf(" %d", values[kinds[i]]);
	printf("\n");
}

static void send_all(char whom)
{
	for (int i = 0; i < KINDS; i++) {
		union sigval value = {.sival_int = 10 + i};

		if (whom == 'p' || whom == 'b')
			need(sigqueue(getpid(), kinds[i], value) == 0);
		value.sival_int += 100;
		if (whom == 't' || whom == 'b')
			need(pthread_sigqueue(pthread_self(), kinds[i], value) == 0);
		if (whom == 'k')
			need(kill(getpid(), kinds[i]) == 0);
		if (whom == 'r')
			need(raise(kinds[i]) == 0);
	}
}

static char whom[2];

static void *executes(void *arg)
{
	static char self[] = "/proc/self/exe";
	char *const args[] = {self, whom, NULL};
	char *const nothing[] = {NULL};

	send_all(whom[0]);
	need(execve("/nowhere", args, nothing) == -1 && errno == ENOENT);
	need(syscall(SYS_execve, self, 1L, nothing) == -1 && errno == EFAULT);
	execve(self, args, nothing);
	return arg;
}

static void play(char how, int by_thread)
{
	sigset_t set = all_kinds();
	pid_t child;

	fflush(stdout);
	child = fork();
	if (child == 0) {
		pthread_sigmask(SIG_BLOCK, &set, NULL);
		whom[0] = how;
		if (by_thread)
			pthread_join(start_thread(executes, NULL), NULL);
		else
			executes(NULL);
		_exit(9);
	}
	say_end("it", child);
}

int main(int argc, char **argv)
{
	if (argc > 1) {
		printf("%s:", argv[1]);
		say_waiting();
		return 0;
	}
	for (const char *how = "pktr"; *how; how++) {
		play(*how, 0);
		play(*how, 1);
	}
	play('b', 0); /* both */
	return 0;
}
