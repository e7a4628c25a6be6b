/* SPDX-License-Identifier: MIT */
/* Connects to an abstract socket of a server. */
#include <stddef.h>
#include <sys/socket.h>
#include <sys/un.h>
#include "tests/hostile/hostile.h"

bool attack(void)
{
	struct sockaddr_un to = {.sun_family = AF_UNIX};
	const char *name = from_runner("ABSTRACT");
	long fd = attempt(SYS_socket, AF_UNIX, SOCK_STREAM, 0);

	strncpy(to.sun_path + 1, name, sizeof(to.sun_path) - 2);
	return fd >= 0 && attempt(SYS_connect, fd, &to,
				  offsetof(struct sockaddr_un, sun_path) + 1 + strlen(name)) == 0;
}
