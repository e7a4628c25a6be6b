/* SPDX-License-Identifier: MIT */
/*
 * Reaches a server of the host's network from another: by new sockets, by 10 and 11, a UDP and a
 * TCP socket that were made outside, and by an abstract name.
 */
#include <netinet/in.h>
#include <stddef.h>
#include <sys/socket.h>
#include <sys/un.h>
#include "tests/hostile/hostile.h"

enum { UDP = 10, TCP };

bool attack(void)
{
	struct sockaddr_in server = {.sin_family = AF_INET,
				     .sin_port = htons((uint16_t)atoi(from_runner("PORT"))),
				     .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	struct sockaddr_un abstract = {.sun_family = AF_UNIX};
	struct sockaddr nobody = {.sa_family = AF_UNSPEC};
	const char *name = from_runner("ABSTRACT");
	long fd = attempt(SYS_socket, AF_UNIX, SOCK_STREAM, 0);

	strncpy(abstract.sun_path + 1, name, sizeof(abstract.sun_path) - 2);
	if (fd >= 0 && attempt(SYS_connect, fd, &abstract,
			       offsetof(struct sockaddr_un, sun_path) + 1 + strlen(name)) == 0)
		return true;
	attempt(SYS_connect, TCP, &nobody, sizeof(nobody));
	if (attempt(SYS_sendto, UDP, "harmed", 6, 0, &server, sizeof(server)) == 6 ||
	    attempt(SYS_connect, TCP, &server, sizeof(server)) == 0)
		return true;
	fd = attempt(SYS_socket, AF_INET, SOCK_STREAM, 0);
	return fd >= 0 && attempt(SYS_connect, fd, &server, sizeof(server)) == 0;
}
