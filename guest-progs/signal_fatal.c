/* SPDX-License-Identifier: MIT */
/* Each signal whose default is death kills, each other one does not. */
#include <signal.h>

#include "guest-progs/guest.h"

int main(void)
{
	for (int signal = 1; signal < 65; signal++) {
		char what[32];
		pid_t child;

		if (signal == SIGSTOP || signal == SIGTSTP || signal == SIGTTIN ||
		    signal == SIGTTOU || signal == 32 || signal == 33)
			continue;
		fflush(stdout);
		child = fork();
		if (child == 0) {
			kill(getpid(), signal);
			_exit(0);
		}
		snprintf(what, sizeof(what), "signal %d", signal);
		say_end(what, child);
	}
	return 0;
}
