/* SPDX-License-Identifier: MIT */
/*
 * Priorities. sched_setscheduler(2), sched_setparam(2), sched_setattr(2): the
 * host does it all, but the manager is to know when a thread has become a
 * real-time one, because such threads are woken before others.
 */
#include "shim/calls/sys_sched.h"

#include "shim/base/host.h"
#include "shim/base/manager.h"
#include "shim/calls/handlers.h"

#define SCHED_FIFO     1
#define SCHED_RR       2
#define SCHED_DEADLINE 6
#define PRIORITY_OTHER 120

int fx_sched_priority(void)
{
	long policy = fx_host(__NR_sched_getscheduler, 0);
	int param = 0;

	if (policy == SCHED_DEADLINE)
		return -1;
	if (policy != SCHED_FIFO && policy != SCHED_RR)
		return PRIORITY_OTHER;
	fx_host(__NR_sched_getparam, 0, &param);
	return 99 - param;
}

void fx_sched_notice(int tid)
{
	long policy = fx_host(__NR_sched_getscheduler, tid);

	if (policy == SCHED_FIFO || policy == SCHED_RR || policy == SCHED_DEADLINE)
		__atomic_store_n(&fx_manager.realtime, true, __ATOMIC_RELAXED);
}

static long set_and_notice(struct fx_call *c)
{
	long r = fx_host(c->nr, c->arg[0], c->arg[1], c->arg[2]);

	if (r == 0)
		fx_sched_notice((int)c->arg[0]);
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
