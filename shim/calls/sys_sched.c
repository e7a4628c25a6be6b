/* SPDX-License-Identifier: MIT */
/*
 * Priorities. sched_setscheduler(2), sched_setparam(2), sched_setattr(2): the
 * host does it all, but the manager is to know when a thread has become a
 * real-time one, because such threads are woken before others.
 */
#include "shim/base/host.h"
#include "shim/calls/handlers.h"
#include "shim/threads/priority.h"

static long set_and_notice(struct fx_call *c)
{
	long r = fx_host(c->nr, c->arg[0], c->arg[1], c->arg[2]);

	if (r == 0)
		fx_priority_notice((int)c->arg[0]);
	return r;
}

long fx_sys_sched_setsched(struct fx_thread *t, struct fx_call *c)
{
	(void)t;
	return set_and_notice(c);
}

long fx_sys_sched_setparam(struct fx_thread *t, struct fx_call *c)
{
	(void)t;
	return set_and_notice(c);
}

long fx_sys_sched_setattr(struct fx_thread *t, struct fx_call *c)
{
	(void)t;
	return set_and_notice(c);
}
