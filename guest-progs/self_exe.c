/* SPDX-License-Identifier: MIT */
/* /proc/self/exe is the program itself: as a link, opened, and by process ID. */
#include <elf.h>
#include <limits.h>

#include "guest-progs/guest.h"

static void follow(const char *what, const char *path, const char *own)
{
	char target[PATH_MAX];
	ssize_t n = readlink(path, target, sizeof(target) - 1);

	need(n > 0);
	target[n] = '\0';
	printf("%s: %s\n", what, strcmp(target, own) == 0 ? "the program" : target);
}

int main(int argc, char **argv)
{
	char own[PATH_MAX], by_pid[64], magic[SELFMAG], few[5] = {0};
	int fd;

	(void)argc;
	need(realpath(argv[0], own));
	follow("readlink", "/proc/self/exe", own);
	snprintf(by_pid, sizeof(by_pid), "/proc/%d/exe", (int)getpid());
	follow("by process ID", by_pid, own);
	follow("by thread", "/proc/thread-self/exe", own);
	say("readlink, little room", readlink("/proc/self/exe", few, 4));
	printf("cut: %d\n", strncmp(few, own, 4) == 0);
	say("readlinkat", readlinkat(AT_FDCWD, "/proc/self/exe", few, 1));
	say("no room", readlink("/proc/self/exe", few, 0));
	fd = open("/proc/self/exe", O_RDONLY);
	need(fd >= 0 && read(fd, magic, sizeof(magic)) == SELFMAG);
	printf("magic %d\n", memcmp(magic, ELFMAG, SELFMAG) == 0);
	snprintf(by_pid, sizeof(by_pid), "/proc/self/fd/%d", fd);
	follow("opened", by_pid, own);
	say("open to write", open("/proc/self/exe", O_RDWR));
	say("access", access("/proc/self/exe", X_OK));
	return 0;
}
