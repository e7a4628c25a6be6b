/* SPDX-License-Identifier: MIT */
/* Every descriptor that an open gives can be closed, however many there are. */
#include <fcntl.h>
#include <sys/resource.h>

#include "guest-progs/guest.h"

#define MOST 1500

int main(void)
{
	struct rlimit limit;
	int fd[MOST], opened = 0, closed = 0;

	need(getrlimit(RLIMIT_NOFILE, &limit) == 0);
	limit.rlim_cur = limit.rlim_max;
	need(setrlimit(RLIMIT_NOFILE, &limit) == 0);
	while (opened < MOST && (fd[opened] = open("/dev/null", O_RDONLY)) >= 0)
		opened++;
	for (int i = 0; i < opened; i++)
		closed += fcntl(fd[i], F_GETFD) == 0 && close(fd[i]) == 0;
	printf("%s\n", closed == opened ? "all could be closed" : "some could not be closed");
	return 0;
}
