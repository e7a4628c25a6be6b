/* SPDX-License-Identifier: MIT */
/* Executes a set-user-ID program of root's. */
#include <sys/wait.h>
#include "tests/hostile/hostile.h"

bool attack(void)
{
	int status = -1;
	pid_t pid;

	if (getenv("IN_SETUID")) {
		last_error = 0;
		return getuid() != 0 && geteuid() == 0;
	}
	pid = fork();
	if (pid == 0) {
		setenv("IN_SETUID", "1", 1);
		execl(from_runner("SETUID"), "setuid_exec", "plain", NULL);
		_exit(99);
	}
	waitpid(pid, &status, 0);
	return WIFEXITED(status) && WEXITSTATUS(status) == 1;
}
