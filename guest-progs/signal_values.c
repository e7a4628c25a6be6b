/* SPDX-License-Identifier: MIT */
/* What a handler is told: siginfo of kill, tgkill, sigqueue, timers and children, and real-time
 * order. */
#include <signal.h>
#include <time.h>

#include "guest-progs/guest.h"

static siginfo_t seen;
static volatile int count;
static int order[100];

static void handler(int signal, siginfo_t *info, void *context)
{
	(void)context;
	need(signal == info->si_signo);
	seen = *info;
	count++;
}

static void in_order(int signal, siginfo_t *info, void *context)
{
	(void)context;
	order[count++] = signal * 100 + info->si_value.sival_int;
}

static void show(const char *what)
{
	printf("%s: count %d, signo %d, code %d, from us %d, value %d\n", what, count,
	       seen.si_signo, seen.si_code, seen.si_pid == getpid() && seen.si_uid == getuid(),
	       seen.si_value.sival_int);
}

int main(void)
{
	struct sigaction action = {.sa_sigaction = handler, .sa_flags = SA_SIGINFO};
	struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGUSR1};
	struct itimerspec soon = {.it_value = {0, 1000000}};
	int base = SIGRTMIN;
	sigset_t mask, old;
	timer_t timer;
	pid_t child;

	sigaction(SIGUSR1, &action, NULL);
	sigaction(SIGCHLD, &action, NULL);
	kill(getpid(), SIGUSR1);
	show("kill");
	raise(SIGUSR1);
	show("tgkill");
	sigqueue(getpid(), SIGUSR1, (union sigval){.sival_int = 77});
	show("sigqueue");
	event.sigev_value.sival_int = 78;
	need(timer_create(CLOCK_MONOTONIC, &event, &timer) == 0);
	timer_settime(timer, 0, &soon, NULL);
	await_that(count >= 4);
	printf("timer: code %d, value %d, overrun %d\n", seen.si_code, seen.si_value.sival_int,
	       seen.si_overrun);
	timer_delete(timer);
	sigemptyset(&mask);
	sigaddset(&mask, SIGCHLD);
	sigprocmask(SIG_BLOCK, &mask, &old);
	child = fork();
	if (child == 0)
		_exit(6);
	while (count < 5)
		sigsuspend(&old);
	printf("child: code %d, status %d, its id %d\n", seen.si_code, seen.si_status,
	       seen.si_pid == child);
	waitpid(child, NULL, 0);
	sigprocmask(SIG_SETMASK, &old, NULL);

	/* Queued ones come lowest number first, and of one number in their order. */
	count = 0;
	action.sa_sigaction = in_order;
	sigfillset(&action.sa_mask);
	sigfillset(&mask);
	sigprocmask(SIG_BLOCK, &mask, &old);
	for (int i = 0; i < 3; i++) {
		sigaction(base + i, &action, NULL);
		for (int value = 0; value < 4; value++)
			sigqueue(getpid(), base + (2 - i), (union sigval){.sival_int = value});
	}
	sigaction(SIGUSR2, &action, NULL);
	kill(getpid(), SIGUSR2);
	kill(getpid(), SIGUSR2);
	sigprocmask(SIG_SETMASK, &old, NULL);
	for (int i = 0; i < count; i++)
		printf("signal %d, value %d\n", order[i] / 100, order[i] % 100);
	return 0;
}
