/* SPDX-License-Identifier: MIT */
#include "shim/guest_memory.h"

#include "shim/host.h"
#include "shim/thread.h"
#include "shim/umem.h"

#define SCHED_FIFO     1
#define SCHED_RR       2
#define SCHED_DEADLINE 6
#define PRIORITY_OTHER 120

const struct fx_memory_ops fx_guest_memory = {
	.load32 = fx_umem_load32,
	.cmpxchg32 = fx_umem_cmpxchg32,
	.load64 = fx_umem_load64,
};

/* Only ever asked for the calling thread: 0 to the host. */
static int priority(uint32_t tid)
{
	long policy = fx_host(__NR_sched_getscheduler, 0);
	int param = 0;

	(void)tid;
	if (policy == SCHED_DEADLINE)
		return -1;
	if (policy != SCHED_FIFO && policy != SCHED_RR)
		return PRIORITY_OTHER;
	fx_host(__NR_sched_getparam, 0, &param);
	return 99 - param;
}

const struct fx_thread_ops fx_guest_threads = {
	.alive = fx_thread_owns_locks,
	.priority = priority,
};
