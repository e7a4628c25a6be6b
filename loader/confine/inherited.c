/* SPDX-License-Identifier: MIT */
#include "loader/confine/inherited.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "loader/confine/open_descriptors.h"
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

/* What is looked for, and what was found. */
struct look {
	const struct fx_config *config;
	const struct fx_policy *policy;
	bool reopen;
	int own;   /* the first descriptor of fxbox itself that was looked at; -1 */
	bool seen; /* fxbox is there inside, and that one was opened there */
	bool lost; /* one of them is as it was outside, for there was no place for another */
};

static void look_at_socket(const struct look *look, int fd)
{
	const char *option = reaches_anybody(look->policy, fd);

	if (!option)
		return;
	/* First the line: it may be standard error. */
	dprintf(STDERR_FILENO,
		"fxbox: descriptor %d, a socket, reaches any address and was closed (keep it with "
		"%s)\n",
		fd, option);
	close(fd);
}

/*
 * Several of fxbox's own are fxbox itself: what was found of the first counts for the others. It is
 * no way out by its path, and needed, so one that is not there stays: other layers keep it from
 * harm. But what could be had inside must not be that outside.
 */
static void look_at_own(struct look *look, int fd, int flags)
{
	enum reopened reopened = NOT_THERE;
	char name[PATH_MAX];

	if (look->own >= 0 && same_file(fd, look->own)) {
		if (look->seen)
			reopened = dup3(look->own, fd, 0) == fd ? INSIDE : NO_PLACE;
	} else {
		if (name_of(fd, name))
			reopened = reopen(fd, flags, name);
		look->own = fd;
		look->seen = reopened == INSIDE;
	}
	look->lost = look->lost || reopened == NO_PLACE;
}

static void look_at_directory(int fd, int flags)
{
	char name[PATH_MAX] = "";

	if (name_of(fd, name) && reopen(fd, flags, name) == INSIDE)
		return;
	close(fd);
	dprintf(STDERR_FILENO,
		"fxbox: descriptor %d (%s) leads past the confinement and was closed\n", fd,
		*name ? name : "unnamed");
}

static bool is_own(const struct fx_config *config, int fd)
{
	return fd >= config->fd_base && fd < config->fd_base + (int)FX_FD_COUNT;
}

static void look_at(void *context, int fd)
{
	struct look *look = context;
	int flags = fcntl(fd, F_GETFL);
	struct stat st;

	if (flags < 0 || fstat(fd, &st) < 0)
		return;
	if (!(flags & O_PATH || S_ISDIR(st.st_mode))) {
		if (S_ISSOCK(st.st_mode))
			look_at_socket(look, fd);
	} else if (look->reopen && is_own(look->config, fd)) {
		look_at_own(look, fd, flags);
	} else if (look->reopen) {
		look_at_directory(fd, flags);
	}
}

int fx_inherited_look(const struct fx_policy *policy, const struct fx_config *config, bool reopen,
		      struct fx_refusal *why)
{
	struct look look = {.config = config, .policy = policy, .reopen = reopen, .own = -1};
	int result;

	fx_descriptors_lift(fx_descriptors_end(config));
	result = fx_open_descriptors(config, look_at, &look);
	fx_descriptors_lower();
	if (result < 0)
		return fx_refuse(why, FX_EXIT_FAILED, "/proc/self/fd", "%s", strerror(errno));
	return look.lost ? fx_refuse(why, FX_EXIT_FAILED, "RLIMIT_NOFILE",
				     "fxbox's own descriptors cannot be opened anew inside")
			 : 0;
}
