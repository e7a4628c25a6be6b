/* SPDX-License-Identifier: MIT */
/*
 * socket(2) of AF_UNIX where confinement refuses it. A C library makes one each time that it looks
 * for a user's name, to ask nscd, and does as well without: that is nothing to tell. Whom a socket
 * is for only connect(2) says. So a stream is given one that leads nowhere, one of a pair whose
 * other end is closed, which the program may have anyway; to connect and to bind it is refused, by
 * name. Datagram sockets, which need no connect, are refused here (ADR 13).
 */
#include <asm/socket.h>

#include "shim/base/config.h"
#include "shim/base/host.h"
#include "shim/calls/handlers.h"

#define AF_UNIX	       1
#define SOCK_STREAM    1
#define SOCK_SEQPACKET 5
#define TYPE_MASK      0xf
#define PROTOCOLS      2 /* 0 and PF_UNIX */

long fx_sys_socket(struct fx_thread *t, struct fx_call *c)
{
	unsigned long type = c->arg[1] & TYPE_MASK;
	int pair[2];
	long r = fx_sys_host(t, c);

	if (r != -EPERM || !(fx_config.confine & FX_CONFINED) || (int)c->arg[0] != AF_UNIX ||
	    (type != SOCK_STREAM && type != SOCK_SEQPACKET) || (unsigned)c->arg[2] >= PROTOCOLS)
		return r;
	r = fx_host(__NR_socketpair, AF_UNIX, c->arg[1], 0, pair);
	if (r < 0)
		return r;
	fx_host(__NR_close, pair[1]);
	return pair[0];
}
