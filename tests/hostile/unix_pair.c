/* SPDX-License-Identifier: MIT */
/* Sends to a pathname socket from a pair of datagram sockets, which needs no socket(2). */
#include <sys/socket.h>
#include <sys/un.h>
#include "tests/hostile/hostile.h"

bool attack(void)
{
	struct sockaddr_un to = {.sun_family = AF_UNIX};
	int pair[2];

	if (attempt(SYS_socketpair, AF_UNIX, SOCK_DGRAM, 0, pair) < 0)
		return false;
	strncpy(to.sun_path, from_runner("DATAGRAM"), sizeof(to.sun_path) - 1);
	return attempt(SYS_sendto, pair[0], "harmed", 6, 0, &to, sizeof(to)) == 6;
}
