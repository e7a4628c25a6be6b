/* SPDX-License-Identifier: MIT */
#include "loader/sent_traps.h"

#include <signal.h>
#include <stddef.h>

/* One of the thread and one of the process is all that the host keeps. */
#define MOST 2

static siginfo_t kept[MOST];
static volatile unsigned number;

static void keep_sent(int sig, siginfo_t *info, void *uc)
{
	(void)sig;
	(void)uc;
	if (info->si_code <= 0 && number < MOST)
		kept[number++] = *info;
}

void fx_survive_traps(void)
{
	struct sigaction action = {.sa_sigaction = keep_sent, .sa_flags = SA_SIGINFO};
	sigset_t traps;

	sigemptyset(&traps);
	sigaddset(&traps, SIGSYS);
	sigaction(SIGSYS, &action, NULL);
	sigprocmask(SIG_UNBLOCK, &traps, NULL);
}

const void *fx_sent_traps(unsigned *n)
{
	*n = number;
	return kept;
}
