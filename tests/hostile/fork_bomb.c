/* SPDX-License-Identifier: MIT */
/* Forks until it may not any more, but 300 times at most. */
#include <sys/wait.h>
#include "tests/hostile/hostile.h"

#define MOST 300

bool attack(void)
{
	static pid_t child[MOST];
	int made = 0;

	while (made < MOST) {
		long pid = attempt(SYS_clone, SIGCHLD, 0, 0, 0, 0);

		if (pid < 0)
			break;
		if (pid == 0) {
			for (;;)
				pause();
		}
		child[made++] = (pid_t)pid;
	}
	for (int i = 0; i < made; i++) {
		kill(child[i], SIGKILL);
		waitpid(child[i], NULL, 0);
	}
	return made == MOST;
}
