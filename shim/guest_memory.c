/* SPDX-License-Identifier: MIT */
/* The manager's view of guest words: umem. */
#include "shim/guest_memory.h"

#include "shim/umem.h"

const struct fx_memory_ops fx_guest_memory = {
	.load32 = fx_umem_load32,
	.cmpxchg32 = fx_umem_cmpxchg32,
	.load64 = fx_umem_load64,
};
