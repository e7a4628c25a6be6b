/* SPDX-License-Identifier: MIT */
/* What /proc says of the process: its name and its command line. */
#include <sys/prctl.h>

#include "guest-progs/guest.h"

static void show(const char *path)
{
	char text[4096];
	int fd = open(path, O_RDONLY);
	ssize_t n = read(fd, text, sizeof(text));

	need(n >= 0);
	close(fd);
	printf("%s: ", path);
	for (ssize_t i = 0; i < n; i++)
		putchar(text[i] ? text[i] : '|');
	putchar('\n');
}

int main(void)
{
	char name[16];

	prctl(PR_GET_NAME, name);
	printf("%s\n", name);
	show("/proc/self/comm");
	show("/proc/self/cmdline");
	prctl(PR_SET_NAME, "another name that is long");
	show("/proc/self/comm");
	return 0;
}
