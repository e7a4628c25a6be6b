/* SPDX-License-Identifier: MIT */
/* Masks and flags of actions: nesting, SA_NODEFER, SA_RESETHAND, old values, and what cannot be
 * blocked. */
#include <signal.h>

#include "guest-progs/guest.h"

static int depth, runs;
static char trail[256];

static void show_mask(const char *what)
{
	sigset_t mask;

	sigprocmask(SIG_BLOCK, NULL, &mask);
	printf("%s:", what);
	for (int i = 1; i < 32; i++) {
		if (sigismember(&mask, i))
			printf(" %d", i);
	}
	printf("\n");
}

static void nesting(int signal)
{
	size_t n = strlen(trail);

	snprintf(trail + n, sizeof(trail) - n, "<%d.%d", signal, depth);
	depth++;
	if (signal == SIGUSR1 && runs++ < 4)
		raise(SIGUSR1);
	if (signal == SIGHUP)
		raise(SIGUSR2);
	depth--;
	n = strlen(trail);
	snprintf(trail + n, sizeof(trail) - n, "%d>", signal);
}

static void shows(int signal)
{
	(void)signal;
	show_mask("in the handler");
}

static void nest(const char *what, int signal, int flags, int blocked)
{
	struct sigaction action = {.sa_handler = nesting, .sa_flags = flags};

	sigemptyset(&action.sa_mask);
	if (blocked)
		sigaddset(&action.sa_mask, blocked);
	sigaction(signal, &action, NULL);
	depth = runs = 0;
	trail[0] = '\0';
	raise(signal);
	printf("%s: %s\n", what, trail);
}

int main(void)
{
	struct sigaction action = {.sa_handler = shows}, old;
	sigset_t mask, before;

	nest("deferred", SIGUSR1, 0, 0);
	nest("SA_NODEFER", SIGUSR1, SA_NODEFER, 0);
	nest("nothing blocked", SIGUSR2, 0, 0);
	nest("another inside", SIGHUP, 0, 0);
	nest("another after", SIGHUP, 0, SIGUSR2);

	sigemptyset(&mask);
	for (int i = 0; i < 4; i++)
		sigaddset(&mask, (const int[]){SIGSEGV, SIGSYS, SIGBUS, SIGTRAP}[i]);
	sigaddset(&mask, SIGKILL);
	sigaddset(&mask, SIGSTOP);
	sigprocmask(SIG_SETMASK, &mask, &before);
	show_mask("blocked");
	action.sa_flags = (int)SA_RESETHAND;
	sigaddset(&action.sa_mask, SIGTERM);
	sigaction(SIGINT, &action, &old);
	printf("before: default %d\n", old.sa_handler == SIG_DFL);
	raise(SIGINT);
	show_mask("after it");
	sigaction(SIGINT, NULL, &old);
	printf("after: default %d, flags %#x, masks SIGTERM %d\n", old.sa_handler == SIG_DFL,
	       (unsigned)old.sa_flags & ~0x04000000U, sigismember(&old.sa_mask, SIGTERM));
	sigprocmask(SIG_UNBLOCK, &mask, NULL);
	show_mask("unblocked");

	say("action for SIGKILL", sigaction(SIGKILL, &action, NULL));
	say("action for SIGSTOP", sigaction(SIGSTOP, &action, NULL));
	say("action for 0", syscall(SYS_rt_sigaction, 0, &action, NULL, 8));
	say("action for 65", syscall(SYS_rt_sigaction, 65, &action, NULL, 8));
	say("size 4", syscall(SYS_rt_sigaction, SIGINT, NULL, NULL, 4));
	say("bad pointer", syscall(SYS_rt_sigaction, SIGINT, 8, NULL, 8));
	say("mask, how 9", syscall(SYS_rt_sigprocmask, 9, &mask, NULL, 8));
	say("mask, how 9, no set", syscall(SYS_rt_sigprocmask, 9, NULL, NULL, 8));
	say("mask, size 16", syscall(SYS_rt_sigprocmask, SIG_BLOCK, &mask, NULL, 16));
	say("mask, bad set", syscall(SYS_rt_sigprocmask, SIG_BLOCK, 8, NULL, 8));
	say("mask, bad old", syscall(SYS_rt_sigprocmask, SIG_BLOCK, NULL, 8, 8));
	return 0;
}
