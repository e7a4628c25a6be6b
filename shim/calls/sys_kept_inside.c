/* SPDX-License-Identifier: MIT */
/*
 * Calls that find descriptors in the guest's memory and are the host's otherwise: select(2),
 * sendmsg(2), sendmmsg(2), io_submit(2). Of poll(2) and pselect6 see where these are.
 */
#include <linux/aio_abi.h>

#include "shim/base/config.h"
#include "shim/base/host.h"
#include "shim/calls/handlers.h"
#include "shim/calls/kept_inside.h"
#include "shim/calls/lent_try.h"
#include "shim/memory/umem.h"

long fx_sys_select(struct fx_thread *t, struct fx_call *c)
{
	long r = fx_kept_in_sets((int)c->arg[0], c->arg[1], c->arg[2], c->arg[3]);

	if (!r)
		r = fx_lent_select(t, c);
	return r ? r : fx_sys_host(t, c);
}

long fx_sys_sendmsg(struct fx_thread *t, struct fx_call *c)
{
	long r = fx_kept_in_message(c->arg[1]);

	return r < 0 ? r : fx_sys_host(t, c);
}

/* Those before a bad one are sent, and then that is not told. */
static long up_to_bad(struct fx_thread *t, struct fx_call *c, unsigned which, unsigned long good)
{
	if (!good)
		return -EBADF;
	c->arg[which] = good;
	return fx_sys_host(t, c);
}

#define MOST_MESSAGES 1024 /* UIO_MAXIOV: what Linux takes of them */

long fx_sys_sendmmsg(struct fx_thread *t, struct fx_call *c)
{
	static const size_t size = 64; /* of struct mmsghdr */
	unsigned n = (unsigned)c->arg[2];

	for (unsigned i = 0; i < n && i < MOST_MESSAGES; i++)
		if (fx_kept_in_message(c->arg[1] + i * size) < 0)
			return up_to_bad(t, c, 2, i);
	return fx_sys_host(t, c);
}

static bool kept_in_request(uintptr_t uiocb)
{
	struct iocb io;

	return fx_umem_copy_in(&io, uiocb, sizeof(io)) == 0 &&
	       (fx_fd_kept((int)io.aio_fildes) ||
		((io.aio_flags & IOCB_FLAG_RESFD) && fx_fd_kept((int)io.aio_resfd)));
}

long fx_sys_io_submit(struct fx_thread *t, struct fx_call *c)
{
	long n = (long)c->arg[1];
	uint64_t uiocb;

	for (long i = 0; i < n && fx_umem_load64(c->arg[2] + 8 * (size_t)i, &uiocb) == 0; i++)
		if (kept_in_request(uiocb))
			return up_to_bad(t, c, 1, (unsigned long)i);
	return fx_sys_host(t, c);
}
