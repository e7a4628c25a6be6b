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
#include <sys/socket.h>
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

/*
 * Such a socket sends to any address, which lies in memory, where no filter sees it. NULL: it is
 * none, or what would allow it was granted.
 */
static const char *reaches_anybody(const struct fx_policy *policy, int fd)
{
	int type, family;
	socklen_t size = sizeof(int);

	if (getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &size) < 0 || type == SOCK_STREAM ||
	    type == SOCK_SEQPACKET || getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &family, &size) < 0)
		return NULL;
	if (family == AF_UNIX)
		return policy->unix_sockets ? NULL : "--unix";
	return policy->net ? NULL : "--net";
}

static void look_at_socket(const struct fx_policy *policy, int fd)
{
	const char *option = reaches_anybody(policy, fd);

	if (!option)
		return;
	/* First the line: it may be standard error. */
	dprintf(STDERR_FILENO,
		"fxbox: descriptor %d, a datagram socket, reaches any address and was closed (keep "
		"it with %s)\n",
		fd, option);
	close(fd);
}

static void look_at_directory(const struct fx_config *config, int fd)
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

/* Exactly one of them is given. */
static int look_at_all(const struct fx_config *config, const struct fx_policy *policy,
		       struct fx_refusal *why)
{
	DIR *dir = opendir("/proc/self/fd");
	struct dirent *entry;

	if (!dir)
		return fx_refuse(why, FX_EXIT_FAILED, "/proc/self/fd", "%s", strerror(errno));
	while ((entry = readdir(dir))) {
		int fd = atoi(entry->d_name);

		if (entry->d_name[0] == '.' || fd == dirfd(dir))
			continue;
		if (config)
			look_at_directory(config, fd);
		else
			look_at_socket(policy, fd);
	}
	closedir(dir);
	return 0;
}

int fx_inherited_reopen(const struct fx_config *config, struct fx_refusal *why)
{
	return look_at_all(config, NULL, why);
}

int fx_inherited_close_sockets(const struct fx_policy *policy, struct fx_refusal *why)
{
	return look_at_all(NULL, policy, why);
}
