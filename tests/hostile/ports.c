/* SPDX-License-Identifier: MIT */
/*
 * Reaches a server whose port was not granted, where others are: by TCP in all ways that there are
 * to connect, and by sockets whose ports nobody would look at. 10 and 11 are a UDP and a TCP socket
 * that it was started with.
 */
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include "tests/hostile/hostile.h"

#define MPTCP 262
#define SMC   256
#define F_SMC 43
enum { UDP = 10, TCP };

static struct sockaddr_in server;
static struct sockaddr_in6 mapped;

static bool connects(long fd)
{
	return fd >= 0 && attempt(SYS_connect, fd, &server, sizeof(server)) == 0;
}

/* As the first thing that is sent. */
static bool opens_fast(long fd)
{
	struct iovec text = {"harmed", 6};
	struct msghdr message = {.msg_name = &server,
				 .msg_namelen = sizeof(server),
				 .msg_iov = &text,
				 .msg_iovlen = 1};

	return fd >= 0 &&
	       (attempt(SYS_sendto, fd, "harmed", 6, MSG_FASTOPEN, &server, sizeof(server)) == 6 ||
		attempt(SYS_sendmsg, fd, &message, MSG_FASTOPEN) == 6);
}

static long prepared(long fd, int option, const void *value, long size)
{
	attempt(SYS_setsockopt, fd, IPPROTO_TCP, option, value, size);
	return fd;
}

static long tcp(void)
{
	return attempt(SYS_socket, AF_INET, SOCK_STREAM, 0);
}

/* Connected to nobody first, which is allowed, and then to somebody. */
static bool connects_again(long fd)
{
	struct sockaddr nobody = {.sa_family = AF_UNSPEC};

	attempt(SYS_connect, fd, &nobody, sizeof(nobody));
	return connects(fd);
}

static bool sends_datagrams(void)
{
	return attempt(SYS_socket, AF_INET, SOCK_DGRAM, 0) >= 0 ||
	       attempt(SYS_socket, AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, IPPROTO_UDP) >= 0 ||
	       attempt(SYS_socket, AF_INET, SOCK_RAW, IPPROTO_ICMP) >= 0 ||
	       attempt(SYS_sendto, UDP, "harmed", 6, 0, &server, sizeof(server)) == 6;
}

bool attack(void)
{
	uint16_t port = htons((uint16_t)atoi(from_runner("PORT")));

	server = (struct sockaddr_in){
		.sin_family = AF_INET, .sin_port = port, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	mapped = (struct sockaddr_in6){.sin6_family = AF_INET6, .sin6_port = port};
	mapped.sin6_addr.s6_addr[10] = mapped.sin6_addr.s6_addr[11] = 0xff;
	memcpy(&mapped.sin6_addr.s6_addr[12], &server.sin_addr, 4);
	return sends_datagrams() || opens_fast(tcp()) || opens_fast(TCP) ||
	       connects(attempt(SYS_socket, AF_INET, SOCK_STREAM, MPTCP)) ||
	       connects(attempt(SYS_socket, AF_INET, SOCK_STREAM, SMC)) ||
	       connects(attempt(SYS_socket, F_SMC, SOCK_STREAM, 0)) ||
	       connects(attempt(SYS_socket, AF_INET, SOCK_SEQPACKET, IPPROTO_SCTP)) ||
	       connects(prepared(tcp(), TCP_FASTOPEN_CONNECT, &(int){1}, sizeof(int))) ||
	       connects(prepared(tcp(), TCP_ULP, "smc", 3)) || connects_again(tcp()) ||
	       attempt(SYS_connect, attempt(SYS_socket, AF_INET6, SOCK_STREAM, 0), &mapped,
		       sizeof(mapped)) == 0 ||
	       connects_again(TCP) || connects(tcp());
}
