/* SPDX-License-Identifier: MIT */
/*
 * The guest's signal actions: what CLONE_SIGHAND shares. The host's own
 * actions are derived from them and cached here, so that setting the same
 * kind of action again costs no host call.
 */
#ifndef SHIM_THREADS_SIGHAND_H
#define SHIM_THREADS_SIGHAND_H

#include <stdbool.h>
#include <stdint.h>

#define FX_NSIG 64

struct fx_action {
	uintptr_t handler; /* or 0 (SIG_DFL), 1 (SIG_IGN) */
	uint64_t flags;
	uintptr_t restorer;
	uint64_t mask;
};

struct fx_sighand {
	uint32_t refs; /* threads that use it; the owner's block is kept until it is 0 */
	uint32_t lock; /* guards the rest; fx_lock */
	struct fx_action action[FX_NSIG]; /* of signal i + 1 */
	/* What the host has now: handler kind in the low bits, see signals/signal_host.c. */
	uint32_t host[FX_NSIG];
};

#endif
