/* SPDX-License-Identifier: MIT */
#include "loader/confine/inherited.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "loader/exit_status.h"

static bool name_of(int fd, char name[static PATH_MAX])
{
	char link[64];
	ssize_t n;

	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	n = readlink(link, name, PATH_MAX - 1);
	if (n <= 0)
		return false;
	name[n] = '\0';
	return name[0] == '/';
}

static bool same_file(int one, int other)
{
	struct stat a, b;

	return fstat(one, &a) == 0 && fstat(other, &b) == 0 && a.st_dev == b.st_dev &&
	       a.st_ino == b.st_ino;
}

/* Puts the file of that name, as it is inside, in the descriptor's place. */
static bool reopen(int fd, int flags, const char *name)
{
	int keep = fcntl(fd, F_GETFD) & FD_CLOEXEC ? O_CLOEXEC : 0;
	int inside =
		open(name, (flags & (O_PATH | O_DIRECTORY | O_NONBLOCK)) | O_NOFOLLOW | O_CLOEXEC);
	bool same = inside >= 0 && same_file(fd, inside) && dup3(inside, fd, keep) == fd;

	if (inside >= 0)
		close(inside);
	return same;
}

static void look_at(const struct fx_config *config, int fd)
{
	char name[PATH_MAX] = "";
	int flags = fcntl(fd, F_GETFL);
	struct stat st;

	if (flags < 0 || fstat(fd, &st) < 0 || !(flags & O_PATH || S_ISDIR(st.st_mode)))
		return;
	if (name_of(fd, name) && reopen(fd, flags, name))
		return;
	/* fxbox itself is no way out by its path, and needed: other layers keep it from harm. */
	if (fd >= config->fd_base && fd < config->fd_base + (int)FX_FD_COUNT)
		return;
	close(fd);
	dprintf(STDERR_FILENO,
		"fxbox: descriptor %d (%s) leads past the confinement and was closed\n", fd,
		*name ? name : "unnamed");
}

int fx_inherited_reopen(const struct fx_config *config, struct fx_refusal *why)
{
	DIR *dir = opendir("/proc/self/fd");
	struct dirent *entry;

	if (!dir)
		return fx_refuse(why, FX_EXIT_FAILED, "/proc/self/fd", "%s", strerror(errno));
	while ((entry = readdir(dir))) {
		int fd = atoi(entry->d_name);

		if (entry->d_name[0] != '.' && fd != dirfd(dir))
			look_at(config, fd);
	}
	closedir(dir);
	return 0;
}
