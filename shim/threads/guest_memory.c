/* SPDX-License-Identifier: MIT */
#include "shim/threads/guest_memory.h"

#include "shim/memory/umem.h"
#include "shim/threads/priority.h"
#include "shim/threads/thread.h"

const struct fx_memory_ops fx_guest_memory = {
	.load32 = fx_umem_load32,
	.cmpxchg32 = fx_umem_cmpxchg32,
	.load64 = fx_umem_load64,
};

/* Only ever asked for the calling thread. */
static int priority(uint32_t tid)
{
	(void)tid;
	return fx_priority_own();
}

const struct fx_thread_ops fx_guest_threads = {
	.alive = fx_thread_owns_locks,
	.priority = priority,
};
