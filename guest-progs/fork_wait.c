/* SPDX-License-Identifier: MIT */
/* Children by fork: own memory, shared descriptors, statuses, and an orphaned pipe end. */
#include <signal.h>

#include "guest-progs/guest.h"

static int value = 1;

int main(void)
{
	pid_t child, parent = getpid();
	int pipefd[2], status;
	char text[32];

	need(pipe(pipefd) == 0);
	child = fork();
	if (child == 0) {
		value = 2;
		need(getpid() != parent && getppid() == parent);
		need(write(pipefd[1], "from the child", 15) == 15);
		_exit(7);
	}
	close(pipefd[1]);
	need(read(pipefd[0], text, sizeof(text)) == 15);
	printf("%s, end %zd\n", text, read(pipefd[0], text, sizeof(text)));
	say_end("child", child);
	printf("value %d\n", value);
	say("waitpid", waitpid(-1, &status, 0));

	for (int i = 0; i < 50; i++) {
		child = fork();
		if (child == 0)
			_exit(i);
		need(waitpid(child, &status, 0) == child && WEXITSTATUS(status) == i);
	}
	child = fork();
	if (child == 0) {
		kill(getpid(), SIGTERM);
		_exit(0);
	}
	say_end("terminated", child);
	child = fork();
	if (child == 0) {
		if (fork() == 0)
			_exit(3);
		need(wait(&status) > 0);
		_exit(WEXITSTATUS(status) + 1);
	}
	say_end("grandchild's status and one", child);
	return 0;
}
