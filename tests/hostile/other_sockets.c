/* SPDX-License-Identifier: MIT */
/* Gets sockets of other kinds: packets, netlink, UDP, with bits that the kernel does not read. */
#include <sys/socket.h>
#include "tests/hostile/hostile.h"

bool attack(void)
{
	const long high = 1L << 32;

	return attempt(SYS_socket, AF_NETLINK, SOCK_RAW, 0) >= 0 ||
	       attempt(SYS_socket, AF_INET, SOCK_DGRAM, 0) >= 0 ||
	       attempt(SYS_socket, AF_PACKET, SOCK_RAW, 0) >= 0 ||
	       attempt(SYS_socket, high | AF_INET6, SOCK_DGRAM, 0) >= 0 ||
	       attempt(SYS_socketpair, high | AF_INET, SOCK_STREAM, 0, &(int[2]){0}) >= 0;
}
