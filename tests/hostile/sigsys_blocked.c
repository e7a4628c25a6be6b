/* SPDX-License-Identifier: MIT */
/* Blocks, ignores and replaces SIGSYS, and then writes to a file. */
#include "tests/hostile/hostile.h"

static void on_sigsys(int sig)
{
	(void)sig;
}

bool attack(void)
{
	const struct {
		void (*handler)(int);
		unsigned long flags;
		void (*restorer)(void);
		uint64_t mask;
	} ignore = {SIG_IGN, 0, NULL, 0}, replace = {on_sigsys, 0, NULL, 0};
	uint64_t all = ~0UL;

	return (attempt(SYS_rt_sigaction, SIGSYS, &replace, 0, 8) == 0 && write_target()) ||
	       (attempt(SYS_rt_sigaction, SIGSYS, &ignore, 0, 8) == 0 && write_target()) ||
	       (attempt(SYS_rt_sigprocmask, SIG_SETMASK, &all, 0, 8) == 0 && write_target());
}
