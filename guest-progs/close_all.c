/* SPDX-License-Identifier: MIT */
/* A program that closes, duplicates over and marks every descriptor still runs, and can still
 * execute. */
#include <linux/close_range.h>
#include <sys/resource.h>

#include "guest-progs/guest.h"

int main(int argc, char **argv)
{
	int fd, closed = 0;

	if (argc > 1) {
		printf("executed\n");
		return 0;
	}
	say("close_range", syscall(SYS_close_range, 3, ~0U, 0));
	fd = open("/dev/null", O_RDONLY);
	say("next descriptor", fd);
	for (int i = 3; i < 1024; i++)
		closed += close(i) == 0;
	printf("closed %d\n", closed);
	for (int i = 3; i < 1000; i++)
		need(dup2(0, i) == i);
	say("dup2", dup2(0, 999));
	say("F_DUPFD", fcntl(0, F_DUPFD, 500) == 1000);
	say("close_range again", syscall(SYS_close_range, 3, ~0U, 0));
	say("close-on-exec", syscall(SYS_close_range, 3, ~0U, CLOSE_RANGE_CLOEXEC));
	fd = open("/dev/null", O_RDONLY);
	say("next descriptor", fd);
	say("close 5000", close(5000));
	say("dup2 beyond", dup2(0, 1 << 20));
	fflush(stdout);
	execl("/proc/self/exe", argv[0], "again", NULL);
	return 1;
}
