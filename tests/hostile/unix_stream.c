/* SPDX-License-Identifier: MIT */
/* Connects to the pathname socket of a server. */
#include <sys/socket.h>
#include <sys/un.h>
#include "tests/hostile/hostile.h"

bool attack(void)
{
	struct sockaddr_un to = {.sun_family = AF_UNIX};
	long fd = attempt(SYS_socket, AF_UNIX, SOCK_STREAM, 0);

	strncpy(to.sun_path, from_runner("STREAM"), sizeof(to.sun_path) - 1);
	return fd >= 0 && attempt(SYS_connect, fd, &to, sizeof(to)) == 0;
}
