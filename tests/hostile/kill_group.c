/* SPDX-License-Identifier: MIT */
/* Signals the process group that it was started in, of which others are outside. */
#include "tests/hostile/hostile.h"

#define TO_GROUP 4 /* PIDFD_SIGNAL_PROCESS_GROUP */

bool attack(void)
{
	const long high = 1L << 32;
	long self;

	signal(SIGTERM, SIG_IGN);
	if (getpgrp() > 1)
		attempt(SYS_kill, -getpgrp(), SIGTERM);
	attempt(SYS_kill, 0, SIGTERM);
	attempt(SYS_kill, high, SIGTERM);
	self = attempt(SYS_pidfd_open, getpid(), 0);
	attempt(SYS_pidfd_send_signal, self, SIGTERM, 0, TO_GROUP);
	attempt(SYS_pidfd_send_signal, self, SIGTERM, 0, high | TO_GROUP);
	/* Whom it has reached the runner sees. */
	return false;
}
