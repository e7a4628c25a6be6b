/* SPDX-License-Identifier: MIT */
/* Executes a program without fxbox, which then writes to a file. */
#include <sys/wait.h>
#include "tests/hostile/hostile.h"

bool attack(void)
{
	const char *target = from_runner("TARGET");
	const char *const argv[] = {"/bin/rm", "-f", target, NULL}, *const envp[] = {NULL};
	int status = -1;
	pid_t pid = fork();

	if (pid == 0) {
		long r = attempt(SYS_execve, argv[0], argv, envp);

		attempt(SYS_execveat, AT_FDCWD, argv[0], argv, envp, 0);
		_exit(r == -EPERM ? 1 : 2);
	}
	waitpid(pid, &status, 0);
	if (WIFSIGNALED(status))
		printf("died of %d\n", WTERMSIG(status));
	return access(target, F_OK) < 0;
}
