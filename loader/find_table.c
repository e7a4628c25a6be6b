/* SPDX-License-Identifier: MIT */
#include "loader/find_table.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "loader/exit_status.h"

/* The descriptor by which a thread has the table, opened anew; -1 and errno if it has none. */
static int open_of_thread(pid_t pid, const char *tid)
{
	static const char memfd[] = "/memfd:" FX_AUDIT_NAME;
	char path[PATH_MAX], link[64];
	int fd = -1, error = ENOENT;
	struct dirent *entry;
	DIR *fds;

	snprintf(path, sizeof(path), "/proc/%d/task/%.32s/fd", (int)pid, tid);
	fds = opendir(path);
	if (!fds)
		return -1;
	while (fd < 0 && (entry = readdir(fds))) {
		ssize_t n;

		snprintf(path, sizeof(path), "/proc/%d/task/%.32s/fd/%.32s", (int)pid, tid,
			 entry->d_name);
		n = readlink(path, link, sizeof(link) - 1);
		link[n < 0 ? 0 : n] = '\0';
		if (strncmp(link, memfd, sizeof(memfd) - 1) != 0)
			continue;
		fd = open(path, O_RDWR | O_CLOEXEC);
		error = errno;
	}
	closedir(fds);
	errno = error;
	return fd;
}

/* Of the first thread that has it: one that has ended has no descriptors, and is nobody's. */
static int open_table(pid_t pid)
{
	int fd = -1, error = ENOENT;
	struct dirent *entry;
	char path[64];
	DIR *threads;

	snprintf(path, sizeof(path), "/proc/%d/task", (int)pid);
	threads = opendir(path);
	if (!threads)
		return -1;
	while (fd < 0 && (entry = readdir(threads))) {
		if (entry->d_name[0] == '.')
			continue;
		fd = open_of_thread(pid, entry->d_name);
		error = errno;
	}
	closedir(threads);
	errno = error;
	return fd;
}

static struct fx_audit_table *refuse(pid_t pid, const char *what, struct fx_refusal *why)
{
	char name[64];

	snprintf(name, sizeof(name), "process %d", (int)pid);
	fx_refuse(why, FX_EXIT_FAILED, name, "%s", what);
	return NULL;
}

struct fx_audit_table *fx_find_table(pid_t pid, int *fd, struct fx_refusal *why)
{
	struct fx_audit_table *table;
	char path[64];
	struct stat st;

	snprintf(path, sizeof(path), "/proc/%d", (int)pid);
	if (access(path, F_OK) < 0)
		return refuse(pid, "there is no such process", why);
	*fd = open_table(pid);
	if (*fd < 0 && (errno == EACCES || errno == EPERM))
		return refuse(pid, "is another user's (ask as that user, or as root)", why);
	if (*fd < 0)
		return refuse(pid, "does not run under fxbox", why);
	if (fstat(*fd, &st) == 0 && (size_t)st.st_size >= sizeof(*table)) {
		table = mmap(NULL, sizeof(*table), PROT_READ | PROT_WRITE, MAP_SHARED, *fd, 0);
		if (table != MAP_FAILED && table->layout == FX_AUDIT_LAYOUT)
			return table;
		if (table != MAP_FAILED)
			munmap(table, sizeof(*table));
	}
	close(*fd);
	return refuse(pid, "runs under another version of fxbox (use that one)", why);
}
