/* SPDX-License-Identifier: MIT */
/* Sets of signals, as 64 bits, and those that the shim treats in its own way. */
#ifndef SHIM_BASE_SIGSET_H
#define SHIM_BASE_SIGSET_H

#include <stdint.h>

#include "shim/base/kernel_signal.h"

#define FX_SIGBIT(sig) (1ULL << ((sig)-1))

/*
 * Never blocked and never ignored on the host: a trap or a fault of ours in
 * that state would kill the process. Their masks are virtual.
 */
#define FX_SYNC_SIGNALS                                                                            \
	(FX_SIGBIT(SIGSYS) | FX_SIGBIT(SIGSEGV) | FX_SIGBIT(SIGBUS) | FX_SIGBIT(SIGTRAP) |         \
	 FX_SIGBIT(SIGILL))
#define FX_UNBLOCKABLE (FX_SIGBIT(SIGKILL) | FX_SIGBIT(SIGSTOP))
#define FX_ALL_ASYNC   (~FX_SYNC_SIGNALS)

/* The guest's mask as the host may have it. */
static inline uint64_t fx_host_mask(uint64_t mask)
{
	return mask & ~FX_SYNC_SIGNALS;
}

#endif
