/* SPDX-License-Identifier: MIT */
/* Forges a signal frame: all signals blocked, no alternate stack, other flags; then writes to a
 * file. */
#include <ucontext.h>
#include "tests/hostile/hostile.h"

static void edit(int sig, siginfo_t *info, void *context)
{
	ucontext_t *uc = context;

	(void)sig;
	(void)info;
	memset(&uc->uc_sigmask, 0xff, 8);
	uc->uc_stack = (stack_t){.ss_flags = SS_DISABLE};
	uc->uc_mcontext.gregs[REG_EFL] |= 0x1000; /* IOPL */
}

bool attack(void)
{
	struct sigaction action = {.sa_sigaction = edit, .sa_flags = SA_SIGINFO};

	sigaction(SIGUSR1, &action, NULL);
	raise(SIGUSR1);
	return write_target();
}
