/* SPDX-License-Identifier: MIT */
/*
 * What an exec keeps: blocked, ignored and pending signals, the working
 * directory, the umask; and what it resets: handlers, close-on-exec descriptors.
 */
#include <signal.h>
#include <sys/stat.h>

#include "guest-progs/guest.h"

static void handler(int signal)
{
	(void)signal;
}

static void show(void)
{
	struct sigaction action;
	sigset_t mask, pending;

	sigprocmask(SIG_BLOCK, NULL, &mask);
	sigpending(&pending);
	for (int i = 1; i < 65; i++) {
		if (i == 32 || i == 33)
			continue;
		if (sigismember(&mask, i))
			printf("blocked %d\n", i);
		if (sigismember(&pending, i))
			printf("pending %d\n", i);
		sigaction(i, NULL, &action);
		if (action.sa_handler != SIG_DFL)
			printf("%s %d\n", action.sa_handler == SIG_IGN ? "ignored" : "handled", i);
	}
	printf("umask %03o, directory %s\n", (unsigned)umask(0), getcwd((char[256]){0}, 256));
}

int main(int argc, char **argv)
{
	int kept, closed;
	char numbers[2][16];
	sigset_t mask;

	if (argc > 2) {
		show();
		printf("kept %d, closed %d\n", fcntl(atoi(argv[1]), F_GETFD) != -1,
		       fcntl(atoi(argv[2]), F_GETFD) == -1);
		/* It was pending, and arrives when it may. */
		fflush(stdout);
		sigemptyset(&mask);
		sigaddset(&mask, SIGUSR2);
		sigprocmask(SIG_UNBLOCK, &mask, NULL);
		return 1;
	}
	umask(027);
	need(chdir("/usr") == 0);
	signal(SIGINT, SIG_IGN);
	signal(SIGSEGV, SIG_IGN);
	signal(SIGSYS, SIG_IGN);
	signal(SIGHUP, handler);
	signal(SIGBUS, handler);
	sigemptyset(&mask);
	sigaddset(&mask, SIGUSR1);
	sigaddset(&mask, SIGUSR2);
	sigaddset(&mask, SIGSEGV);
	sigaddset(&mask, SIGSYS);
	sigaddset(&mask, SIGRTMIN + 3);
	sigprocmask(SIG_BLOCK, &mask, NULL);
	raise(SIGUSR2);
	show();
	kept = open("/dev/null", O_RDONLY);
	closed = open("/dev/null", O_RDONLY | O_CLOEXEC);
	snprintf(numbers[0], sizeof(numbers[0]), "%d", kept);
	snprintf(numbers[1], sizeof(numbers[1]), "%d", closed);
	umask(027);
	fflush(stdout);
	execl("/proc/self/exe", argv[0], numbers[0], numbers[1], NULL);
	return 2;
}
