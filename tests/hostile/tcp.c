/* SPDX-License-Identifier: MIT */
/* Connects to a server on this machine. */
#include <netinet/in.h>
#include <sys/socket.h>
#include "tests/hostile/hostile.h"

bool attack(void)
{
	struct sockaddr_in to = {.sin_family = AF_INET,
				 .sin_port = htons((uint16_t)atoi(from_runner("PORT"))),
				 .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	long fd = attempt(SYS_socket, AF_INET, SOCK_STREAM, 0);

	return fd >= 0 && attempt(SYS_connect, fd, &to, sizeof(to)) == 0;
}
