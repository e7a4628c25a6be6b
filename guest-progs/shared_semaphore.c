/* SPDX-License-Identifier: MIT */
/* A named semaphore: a child posts it, the parent waits for it. */
#include <semaphore.h>

#include "guest-progs/guest.h"

int main(void)
{
	char name[64];
	pid_t child;
	sem_t *sem;

	snprintf(name, sizeof(name), "/fxbox-guest-%d", (int)getpid());
	sem = sem_open(name, O_CREAT | O_EXCL, 0600, 0);
	need(sem != SEM_FAILED);
	sem_unlink(name);
	child = fork();
	if (child == 0) {
		pid_t parent = getppid();
		char path[64], text[512];
		ssize_t n;
		int fd;

		/* Until the parent sleeps, so that there is somebody to wake. */
		snprintf(path, sizeof(path), "/proc/%d/stat", (int)parent);
		do {
			fd = open(path, O_RDONLY);
			n = read(fd, text, sizeof(text) - 1);
			close(fd);
			if (n <= 0)
				_exit(1);
			text[n] = '\0';
		} while (strrchr(text, ')')[2] != 'S');
		sem_post(sem);
		_exit(0);
	}
	say("wait", sem_wait(sem));
	say_end("child", child);
	return 0;
}
