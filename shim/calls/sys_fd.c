/* SPDX-License-Identifier: MIT */
/*
 * Descriptors that fxbox keeps do not exist for the guest. Where one is an argument, its row says
 * so, and the call never sees it (entry/dispatch.h). Here is what is left: dup2(2), dup3 and
 * close_range(2), for which they are no targets.
 */
#include <linux/fcntl.h>

#include "shim/audit/audit.h"
#include "shim/base/config.h"
#include "shim/base/host.h"
#include "shim/calls/handlers.h"

#define CLOSE_RANGE_UNSHARE 2UL

static long dup_to(struct fx_thread *t, struct fx_call *c)
{
	if (fx_fd_kept((int)c->arg[1])) {
		fx_audit_refused(t, c, 0, "the descriptor is fxbox's own", -EBADF);
		return -EBADF;
	}
	return fx_sys_host(t, c);
}

long fx_sys_dup2(struct fx_thread *t, struct fx_call *c)
{
	return dup_to(t, c);
}

long fx_sys_dup3(struct fx_thread *t, struct fx_call *c)
{
	return dup_to(t, c);
}

/* The range without ours: what lies below, then what lies above. */
long fx_sys_close_range(struct fx_thread *t, struct fx_call *c)
{
	unsigned first = (unsigned)c->arg[0], last = (unsigned)c->arg[1];
	unsigned own_first = (unsigned)fx_config.fd_base, own_last = own_first + FX_FD_COUNT - 1;
	unsigned long flags = c->arg[2];
	long r = 0;

	if (first > last || last < own_first || first > own_last)
		return fx_sys_host(t, c);
	if (first < own_first)
		r = fx_host(c->nr, first, own_first - 1, flags);
	/* The table is the caller's own after the first part. */
	if (r == 0 && last > own_last)
		r = fx_host(c->nr, own_last + 1, last,
			    first < own_first ? flags & ~CLOSE_RANGE_UNSHARE : flags);
	return r;
}
