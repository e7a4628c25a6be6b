/* SPDX-License-Identifier: MIT */
/* Several signals pending when a call sets a temporary mask: which handlers run, and under which
 * masks. */
#include <poll.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/select.h>

#include "guest-progs/guest.h"

static const int blocked[] = {SIGUSR1, SIGUSR2, SIGTRAP, SIGSEGV, 40};
enum { COUNT = sizeof(blocked) / sizeof(*blocked) };

static char seen[2000];

static void print_mask(const char *what, const sigset_t *mask)
{
	char *at = seen + strlen(seen);

	at += sprintf(at, " %s", what);
	for (int i = 0; i < COUNT; i++)
		*at++ = sigismember(mask, blocked[i]) ? '1' : '0';
	*at = '\0';
}

static void handler(int signal, siginfo_t *info, void *uc)
{
	sigset_t now;

	(void)info;
	sprintf(seen + strlen(seen), " [%d", signal);
	sigprocmask(SIG_BLOCK, NULL, &now);
	print_mask("mask", &now);
	print_mask("saved", &((ucontext_t *)uc)->uc_sigmask);
	strcat(seen, "]");
}

static long call(int which, const sigset_t *mask)
{
	struct timespec none = {0, 0};
	struct epoll_event event;
	int fd, r;

	switch (which) {
	case 0:
		return sigsuspend(mask);
	case 1:
		return ppoll(NULL, 0, NULL, mask);
	case 2:
		return ppoll(NULL, 0, &none, mask);
	case 3:
		return pselect(0, NULL, NULL, NULL, NULL, mask);
	default:
		fd = epoll_create1(0);
		r = epoll_pwait(fd, &event, 1, -1, mask);
		close(fd);
		return r;
	}
}

int main(void)
{
	static const char *const names[] = {"sigsuspend", "ppoll", "ppoll without time", "pselect",
					    "epoll_pwait"};
	sigset_t all, during, after;

	sigemptyset(&all);
	for (int i = 0; i < COUNT; i++) {
		struct sigaction action = {.sa_sigaction = handler, .sa_flags = SA_SIGINFO};

		if (i == 1)
			sigaddset(&action.sa_mask, 40);
		sigaction(blocked[i], &action, NULL);
		sigaddset(&all, blocked[i]);
	}
	sigprocmask(SIG_SETMASK, &all, NULL);
	for (int which = 0; which < 5; which++) {
		/* Which are sent, and which the call lets through. */
		for (unsigned sent = 1; sent < 1U << COUNT; sent += 1 + (unsigned)which) {
			for (unsigned through = sent; through; through = (through - 1) & sent) {
				struct timespec none = {0, 0};
				long r;

				sigemptyset(&during);
				for (int i = 0; i < COUNT; i++) {
					if (sent & 1U << i)
						raise(blocked[i]);
					if (!(through & 1U << i))
						sigaddset(&during, blocked[i]);
				}
				seen[0] = '\0';
				r = call(which, &during);
				printf("%s %x %x: %s", names[which], sent, through, seen);
				say("", r);
				sigprocmask(SIG_SETMASK, NULL, &after);
				need(memcmp(&after, &all, 8) == 0);
				while (sigtimedwait(&all, NULL, &none) > 0)
					;
			}
		}
	}
	return 0;
}
