/* SPDX-License-Identifier: MIT */
/*
 * Where one socket of AF_UNIX was granted, by its path, turns to others: by their paths, as they
 * are, from the directory of a process outside (VICTIM), below 7 and 8, directories that it was
 * started with; by 9, a datagram socket likewise; by an abstract name.
 */
#include <stddef.h>
#include <sys/socket.h>
#include <sys/un.h>
#include "tests/hostile/hostile.h"

enum { UNIX_DATAGRAM = 9 };

static bool reaches(int type, const char *path)
{
	struct sockaddr_un to = {.sun_family = AF_UNIX};
	long fd = attempt(SYS_socket, AF_UNIX, type, 0);

	snprintf(to.sun_path, sizeof(to.sun_path), "%s", path);
	return fd >= 0 && attempt(SYS_connect, fd, &to, sizeof(to)) == 0;
}

static bool reaches_by(const char *format, const char *word)
{
	char path[108];

	snprintf(path, sizeof(path), format, word);
	return reaches(SOCK_STREAM, path);
}

static bool sends(long fd, const struct sockaddr_un *to, socklen_t size)
{
	return fd >= 0 && (attempt(SYS_sendto, fd, "harmed", 6, 0, to, size) == 6 ||
			   attempt(SYS_connect, fd, to, size) == 0);
}

bool attack(void)
{
	struct sockaddr_un datagram = {.sun_family = AF_UNIX}, abstract = {.sun_family = AF_UNIX};
	const char *name = from_runner("ABSTRACT");
	const socklen_t length =
		(socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + strlen(name));

	strncpy(datagram.sun_path, from_runner("DATAGRAM"), sizeof(datagram.sun_path) - 1);
	strncpy(abstract.sun_path + 1, name, sizeof(abstract.sun_path) - 2);
	if (sends(UNIX_DATAGRAM, &datagram, sizeof(datagram)) ||
	    sends(attempt(SYS_socket, AF_UNIX, SOCK_DGRAM, 0), &datagram, sizeof(datagram)) ||
	    sends(attempt(SYS_socket, AF_UNIX, SOCK_STREAM, 0), &abstract, length))
		return true;
	return reaches_by("/proc/%s/cwd/stream", from_runner("VICTIM")) ||
	       reaches_by("/proc/%s/fd/7/stream", "self") ||
	       reaches_by("/proc/%s/fd/8/stream", "self") ||
	       reaches_by("/proc/%s/cwd/stream", "1") || reaches_by("%s", from_runner("STREAM"));
}
