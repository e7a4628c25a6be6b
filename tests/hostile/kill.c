/* SPDX-License-Identifier: MIT */
/* Sends a signal to a process outside, in five ways. */
#include "tests/hostile/hostile.h"

bool attack(void)
{
	int victim = atoi(from_runner("VICTIM"));
	siginfo_t info = {.si_code = SI_QUEUE};
	long fd = attempt(SYS_pidfd_open, victim, 0);
	bool harmed = attempt(SYS_kill, victim, SIGUSR1) == 0;

	harmed |= attempt(SYS_tkill, victim, SIGUSR1) == 0;
	harmed |= attempt(SYS_tgkill, victim, victim, SIGUSR1) == 0;
	harmed |= attempt(SYS_rt_sigqueueinfo, victim, SIGUSR1, &info) == 0;
	harmed |= fd >= 0 && attempt(SYS_pidfd_send_signal, fd, SIGUSR1, 0, 0) == 0;
	return harmed;
}
