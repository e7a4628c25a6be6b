/* SPDX-License-Identifier: MIT */
/* Makes namespaces: by unshare, clone, clone3 and setns. */
#include <linux/sched.h>
#include <sys/wait.h>
#include "tests/hostile/hostile.h"

bool attack(void)
{
	struct clone_args args = {.flags = CLONE_NEWUSER, .exit_signal = SIGCHLD};
	long pid = attempt(SYS_clone, CLONE_NEWUSER | SIGCHLD, 0, 0, 0, 0);

	if (pid == 0)
		_exit(0);
	if (pid < 0)
		pid = attempt(SYS_clone3, &args, sizeof(args));
	if (pid == 0)
		_exit(0);
	if (pid > 0)
		waitpid((pid_t)pid, NULL, 0);
	return pid > 0 || attempt(SYS_unshare, CLONE_NEWUSER) == 0 ||
	       attempt(SYS_unshare, CLONE_NEWNS) == 0 ||
	       attempt(SYS_setns, open("/proc/1/ns/mnt", O_RDONLY), 0) == 0;
}
