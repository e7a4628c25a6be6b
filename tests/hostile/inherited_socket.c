/* SPDX-License-Identifier: MIT */
/*
 * Turns to others by sockets that it was started with: 9 is a datagram socket of AF_UNIX, 10 one of
 * AF_INET, 11 a TCP socket; none is connected. Takes a name by them and by a pair of its own.
 */
#include <netinet/in.h>
#include <stddef.h>
#include <sys/socket.h>
#include <sys/un.h>
#include "tests/hostile/hostile.h"

enum { UNIX_DATAGRAM = 9, UDP, TCP };

static bool sends(int fd, void *to, socklen_t size, int flags)
{
	struct iovec text = {"harmed", 6};
	struct mmsghdr message = {
		.msg_hdr = {
			.msg_name = to, .msg_namelen = size, .msg_iov = &text, .msg_iovlen = 1}};

	return attempt(SYS_sendmsg, fd, &message.msg_hdr, flags) == 6 ||
	       attempt(SYS_sendmmsg, fd, &message, 1, flags) == 1 ||
	       attempt(SYS_sendto, fd, "harmed", 6, flags, to, size) == 6;
}

static bool takes_a_name(int fd)
{
	struct sockaddr_un name = {.sun_family = AF_UNIX};

	memcpy(name.sun_path + 1, "taken", 5);
	return attempt(SYS_bind, fd, &name, offsetof(struct sockaddr_un, sun_path) + 6) == 0;
}

bool attack(void)
{
	struct sockaddr_in server = {.sin_family = AF_INET,
				     .sin_port = htons((uint16_t)atoi(from_runner("PORT"))),
				     .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	struct sockaddr_un datagram = {.sun_family = AF_UNIX};
	int pair[2];

	strncpy(datagram.sun_path, from_runner("DATAGRAM"), sizeof(datagram.sun_path) - 1);
	if (sends(UNIX_DATAGRAM, &datagram, sizeof(datagram), 0) ||
	    sends(UDP, &server, sizeof(server), 0) ||
	    attempt(SYS_bind, UDP, &server, sizeof(server)) == 0 ||
	    sends(TCP, &server, sizeof(server), MSG_FASTOPEN) ||
	    attempt(SYS_connect, TCP, &server, sizeof(server)) == 0 ||
	    attempt(SYS_bind, TCP, &(struct sockaddr_in){.sin_family = AF_INET}, sizeof(server)) ==
		    0)
		return true;
	return socketpair(AF_UNIX, SOCK_STREAM, 0, pair) < 0 || takes_a_name(pair[0]);
}
