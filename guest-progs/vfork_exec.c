/* SPDX-License-Identifier: MIT */
/* After vfork the child shares memory until it executes or ends, and its parent waits. */
#include "guest-progs/guest.h"

static volatile int value = 1;

int main(void)
{
	char *const argv[] = {"sh", "-c", "echo from a shell; exit 9", NULL};
	pid_t child;

	child = vfork();
	if (child == 0) {
		value = 2;
		_exit(3);
	}
	printf("value %d\n", value);
	say_end("ended", child);
	fflush(stdout);
	child = vfork();
	if (child == 0) {
		execve("/bin/sh", argv, environ);
		_exit(1);
	}
	say_end("executed", child);
	child = vfork();
	if (child == 0) {
		execve("/no/such/file", argv, environ);
		value = errno;
		_exit(2);
	}
	printf("failed with %s\n", errno_name(value));
	say_end("did not execute", child);
	return 0;
}
