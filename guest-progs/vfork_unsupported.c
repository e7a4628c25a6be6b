/* SPDX-License-Identifier: MIT */
/*
 * A vfork child that makes a call which fxbox does not support and then
 * executes a program, and another that ends: the parent, whose memory they
 * borrowed, makes the same call and ends as it would have.
 */
#include "guest-progs/guest.h"

int main(void)
{
	char *const argv[] = {"true", NULL};
	int status;
	pid_t child = vfork();

	if (child == 0) {
		syscall(SYS_io_uring_setup, 0, 0);
		execv("/bin/true", argv);
		_exit(1);
	}
	need(waitpid(child, &status, 0) == child && status == 0);
	child = vfork();
	if (child == 0) {
		syscall(SYS_io_uring_setup, 0, 0);
		_exit(5);
	}
	need(waitpid(child, &status, 0) == child && WEXITSTATUS(status) == 5);
	syscall(SYS_io_uring_setup, 0, 0);
	puts("the parent goes on");
	return 3;
}
