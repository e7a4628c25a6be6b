/* SPDX-License-Identifier: MIT */
/* The lists of the own descriptors below /proc show what the program has opened, and no more. */
#include <dirent.h>
#include <stddef.h>

#include "guest-progs/guest.h"

struct old_entry {
	unsigned long ino, off;
	unsigned short reclen;
	char name[];
};

static int by_number(const void *a, const void *b)
{
	return *(const int *)a - *(const int *)b;
}

static void print(const char *what, int *fd, int n)
{
	qsort(fd, (size_t)n, sizeof(*fd), by_number);
	printf("%s:", what);
	for (int i = 0; i < n; i++)
		printf(" %d", fd[i]);
	putchar('\n');
}

/* One entry at a time if the buffer has room for one only. */
static void list_raw(const char *what, const char *path, long nr, size_t room)
{
	char buf[4096];
	int fd[100], n = 0, dir = open(path, O_RDONLY | O_DIRECTORY);
	long got;

	need(dir >= 0);
	while ((got = syscall(nr, dir, buf, room)) > 0) {
		for (long at = 0; at < got; n++) {
			unsigned short size;
			const char *name =
				buf + at +
				(nr == SYS_getdents64 ? 19 : offsetof(struct old_entry, name));

			memcpy(&size, buf + at + 16, sizeof(size));
			need(size && n < 100);
			fd[n] = name[0] == '.' ? -1 : atoi(name);
			at += size;
		}
	}
	say("end", got);
	close(dir);
	print(what, fd, n);
}

static void *of_thread(void *arg)
{
	list_raw("thread-self", "/proc/thread-self/fd", SYS_getdents64, 4096);
	return arg;
}

int main(void)
{
	char path[64];

	closefrom(3);
	for (int fd = 1005; fd <= 1016; fd += 11)
		need(dup2(0, fd) == fd);
	list_raw("fd", "/proc/self/fd", SYS_getdents64, 4096);
	list_raw("fd, piece by piece", "/proc/self/fd", SYS_getdents64, 24);
	list_raw("fd, the old call", "/proc/self/fd", SYS_getdents, 4096);
	list_raw("fdinfo", "/proc/self/fdinfo", SYS_getdents64, 4096);
	snprintf(path, sizeof(path), "/proc/%d/task/%d/fd", (int)getpid(), (int)own_tid());
	list_raw("by number", path, SYS_getdents64, 4096);
	pthread_join(start_thread(of_thread, NULL), NULL);

	/* A directory that looks like one of them is left alone. */
	need(mkdtemp(strcpy(path, "/tmp/own_fds_XXXXXX")) && chdir(path) == 0);
	close(creat("1008", 0600));
	close(creat("1009", 0600));
	list_raw("other directory", ".", SYS_getdents64, 4096);
	need(unlink("1008") == 0 && unlink("1009") == 0 && chdir("/") == 0 && rmdir(path) == 0);
	return 0;
}
