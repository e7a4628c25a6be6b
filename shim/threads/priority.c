/* SPDX-License-Identifier: MIT */
#include "shim/threads/priority.h"

#include "shim/base/host.h"
#include "shim/base/manager.h"

#define SCHED_FIFO     1
#define SCHED_RR       2
#define SCHED_DEADLINE 6
#define PRIORITY_OTHER 120

int fx_priority_own(void)
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

void fx_priority_notice(int tid)
{
	long policy = fx_host(__NR_sched_getscheduler, tid);

	if (policy == SCHED_FIFO || policy == SCHED_RR || policy == SCHED_DEADLINE)
		__atomic_store_n(&fx_manager.realtime, true, __ATOMIC_RELAXED);
}
