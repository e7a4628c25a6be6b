/* SPDX-License-Identifier: MIT */
#include "loader/confine/inherited.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "loader/descriptors.h"
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

enum reopened { INSIDE, NOT_THERE, NO_PLACE };

/* Puts the file of that name, as it is inside, in the descriptor's place. */
static enum reopened reopen(int fd, int flags, const char *name)
{
	int keep = fcntl(fd, F_GETFD) & FD_CLOEXEC ? O_CLOEXEC : 0;
	int inside =
		open(name, (flags & (O_PATH | O_DIRECTORY | O_NONBLOCK)) | O_NOFOLLOW | O_CLOEXEC);
	enum reopened result = NOT_THERE;

	if (inside >= 0 && same_file(fd, inside))
		result = dup3(inside, fd, keep) == fd ? INSIDE : NO_PLACE;
	if (inside >= 0)
		close(inside);
	return result;
}

/* -1: it is no socket. */
static int option_of(int fd, int name)
{
	int value;
	socklen_t size = sizeof(value);

	return getsockopt(fd, SOL_SOCKET, name, &value, &size) < 0 ? -1 : value;
}

/* What is connected, or listens, stays so, with AF_UNIX. */
static bool can_be_connected(int fd)
{
	struct sockaddr_storage peer;
	socklen_t size = sizeof(peer);

	return getpeername(fd, (struct sockaddr *)&peer, &size) < 0 &&
	       option_of(fd, SO_ACCEPTCONN) == 0;
}

/*
 * Such a socket sends to any address, or can be connected to one, which lies in memory, where no
 * filter sees it; and it is of the network that it was made in. NULL: it is none, or what would
 * allow it was granted.
 */
static const char *reaches_anybody(const struct fx_policy *policy, int fd)
{
	int type = option_of(fd, SO_TYPE), family = option_of(fd, SO_DOMAIN);
	bool stream = type == SOCK_STREAM || type == SOCK_SEQPACKET;
	/* The filter's body does not tell sockets apart. */
	bool connects = policy->net != FX_NET_NONE || policy->unix_sockets != FX_UNIX_NONE;

	if (type < 0 || (stream && !connects))
		return NULL;
	if (family == AF_UNIX)
		return policy->unix_sockets == FX_UNIX_ALL || (stream && !can_be_connected(fd))
			       ? NULL
			       : "--unix";
	/* TCP is Landlock's to judge, but not of which network it is. */
	if (policy->net == FX_NET_ALL ||
	    (stream && policy->net != FX_NET_LOCAL && (family == AF_INET || family == AF_INET6) &&
	     option_of(fd, SO_PROTOCOL) == IPPROTO_TCP))
		return NULL;
	return "--net";
}

static void look_at_socket(const struct fx_policy *policy, int fd)
{
	const char *option = reaches_anybody(policy, fd);

	if (!option)
		return;
	/* First the line: it may be standard error. */
	dprintf(STDERR_FILENO,
		"fxbox: descriptor %d, a socket, reaches any address and was closed (keep it with "
		"%s)\n",
		fd, option);
	close(fd);
}

/* Whether fxbox's own can be kept: what could be had inside must not be that outside. */
static bool look_at_directory(const struct fx_config *config, int fd)
{
	enum reopened reopened = NOT_THERE;
	char name[PATH_MAX] = "";
	int flags = fcntl(fd, F_GETFL);
	struct stat st;

	if (flags < 0 || fstat(fd, &st) < 0 || !(flags & O_PATH || S_ISDIR(st.st_mode)))
		return true;
	if (name_of(fd, name))
		reopened = reopen(fd, flags, name);
	if (reopened == INSIDE)
		return true;
	/* fxbox itself is no way out by its path, and needed: other layers keep it from harm. */
	if (fd >= config->fd_base && fd < config->fd_base + (int)FX_FD_COUNT)
		return reopened == NOT_THERE;
	close(fd);
	dprintf(STDERR_FILENO,
		"fxbox: descriptor %d (%s) leads past the confinement and was closed\n", fd,
		*name ? name : "unnamed");
	return true;
}

/* Exactly one of them is given. */
static int look_at_all(const struct fx_config *config, const struct fx_policy *policy,
		       struct fx_refusal *why)
{
	DIR *dir = opendir("/proc/self/fd");
	struct dirent *entry;
	bool good = true;

	if (!dir)
		return fx_refuse(why, FX_EXIT_FAILED, "/proc/self/fd", "%s", strerror(errno));
	while ((entry = readdir(dir))) {
		int fd = atoi(entry->d_name);

		if (entry->d_name[0] == '.' || fd == dirfd(dir))
			continue;
		if (config)
			good = look_at_directory(config, fd) && good;
		else
			look_at_socket(policy, fd);
	}
	closedir(dir);
	return good ? 0
		    : fx_refuse(why, FX_EXIT_FAILED, "RLIMIT_NOFILE",
				"fxbox's own descriptors cannot be opened anew inside");
}

int fx_inherited_reopen(const struct fx_config *config, struct fx_refusal *why)
{
	int result;

	fx_descriptors_lift(fx_descriptors_end(config));
	result = look_at_all(config, NULL, why);
	fx_descriptors_lower();
	return result;
}

int fx_inherited_close_sockets(const struct fx_policy *policy, struct fx_refusal *why)
{
	return look_at_all(NULL, policy, why);
}
