/* SPDX-License-Identifier: MIT */
/* The two plain answers: the host's own, and that there is no such call. */
#include "shim/audit/audit.h"
#include "shim/base/host.h"
#include "shim/calls/handlers.h"

long fx_sys_host(struct fx_thread *t, struct fx_call *c)
{
	(void)t;
	return fx_host_park(c->nr, c->arg[0], c->arg[1], c->arg[2], c->arg[3], c->arg[4],
			    c->arg[5]);
}

long fx_sys_unsupported(struct fx_thread *t, struct fx_call *c)
{
	const struct fx_unsupported u = {.result = -ENOSYS};

	fx_audit_unsupported(t, c, &u);
	return -ENOSYS;
}
