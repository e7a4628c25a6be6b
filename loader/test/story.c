/* SPDX-License-Identifier: MIT */
#include "loader/test/story.h"

#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "loader/cmd_logs.h"

void fx_story(const struct fx_run *run)
{
	char schedule[16];
	pid_t pid;
	int fd;

	pid = fork();
	if (pid < 0)
		return;
	if (pid == 0) {
		fd = dup(run->schedule.fd);
		snprintf(schedule, sizeof(schedule), "%d", fd);
		_exit(fx_cmd_logs((char *[]){"story", "--fd", schedule, NULL}));
	}
	waitpid(pid, NULL, 0);
}
