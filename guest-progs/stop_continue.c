/* SPDX-License-Identifier: MIT */
/* A child stops by each stop signal and goes on, even inside a sleep. */
#include <signal.h>
#include <time.h>

#include "guest-progs/guest.h"

int main(void)
{
	static const int stops[] = {SIGSTOP, SIGTSTP, SIGTTIN, SIGTTOU};
	int status;

	for (int i = 0; i < 4; i++) {
		pid_t child = fork();

		if (child == 0) {
			struct timespec t = {0, 20000000};

			setpgid(0, 0);
			kill(getpid(), stops[i]);
			_exit(nanosleep(&t, NULL) == 0 ? 4 : 5);
		}
		need(waitpid(child, &status, WUNTRACED) == child);
		printf("stopped %d by %d\n", WIFSTOPPED(status), WSTOPSIG(status));
		kill(child, SIGCONT);
		need(waitpid(child, &status, WCONTINUED) == child);
		printf("continued %d\n", WIFCONTINUED(status));
		say_end("child", child);
	}
	return 0;
}
