/* SPDX-License-Identifier: MIT */
/* Sets of signals, as 64 bits, and those that the shim treats in its own way. */
#ifndef SHIM_BASE_SIGSET_H
#define SHIM_BASE_SIGSET_H

#include <stdbool.h>
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
/* Of these, what a signalfd may have: signals/lend.h. */
#define FX_LENT_SIGNALS (FX_SYNC_SIGNALS & ~FX_SIGBIT(SIGTRAP))
/*
 * Of these, what the shim's own accesses to guest memory raise. Handlers leave them unblocked, but
 * each blocks itself, or a storm of sent ones would pile up frames on the shim's stack.
 */
#define FX_UMEM_SIGNALS (FX_SIGBIT(SIGSEGV) | FX_SIGBIT(SIGBUS))
/* Those that come from the hardware, with si_code above 0. */
#define FX_FAULT_SIGNALS (FX_SYNC_SIGNALS | FX_SIGBIT(SIGFPE))

/* Whose default action leaves a core. */
#define FX_CORE_SIGNALS                                                                            \
	(FX_FAULT_SIGNALS | FX_SIGBIT(SIGQUIT) | FX_SIGBIT(SIGABRT) | FX_SIGBIT(SIGXCPU) |         \
	 FX_SIGBIT(SIGXFSZ))

#define FX_UNBLOCKABLE (FX_SIGBIT(SIGKILL) | FX_SIGBIT(SIGSTOP))
#define FX_ALL_ASYNC   (~FX_SYNC_SIGNALS)

/*
 * To itself a program may send one of FX_FAULT_SIGNALS with a code that else only Linux uses. On
 * its way such a code is made a negative one of this range: or it would be a fault for the
 * shim; and for Linux, which delivers a blocked signal with such a code when a trap comes
 * (dequeue_synchronous_signal).
 */
#define FX_CODE_MOST   0x0fffffff /* Linux has none as large */
#define FX_CODE_FORGED (-0x60000000)

static inline int fx_code_forged(int code)
{
	return code > 0 && code <= FX_CODE_MOST ? code + FX_CODE_FORGED : code;
}

static inline int fx_code_as_sent(int code)
{
	return code > FX_CODE_FORGED && code <= FX_CODE_FORGED + FX_CODE_MOST
		       ? code - FX_CODE_FORGED
		       : code;
}

/*
 * Of a signal of FX_SYNC_SIGNALS the shim has to know whether it was sent to the process or to the
 * one thread: only kill(2) and tkill(2) have codes that say so. Where the shim itself sends, the
 * code tells, in one of two ranges beside that of forged ones.
 */
#define FX_CODE_SMALL	   0x03ffffff
#define FX_CODE_OF_THREAD  (-0x70000000)
#define FX_CODE_OF_PROCESS (-0x68000000)

static inline int fx_code_addressed(int code, bool to_process)
{
	int base = to_process ? FX_CODE_OF_PROCESS : FX_CODE_OF_THREAD;

	return code >= -FX_CODE_SMALL && code <= FX_CODE_SMALL ? base + code : code;
}

static inline bool fx_code_in_range(int code, int base)
{
	return code >= base - FX_CODE_SMALL && code <= base + FX_CODE_SMALL;
}

/* Whether the signal is the process's; makes *code what the sender gave. */
static inline bool fx_code_to_process(int *code)
{
	if (fx_code_in_range(*code, FX_CODE_OF_THREAD)) {
		*code -= FX_CODE_OF_THREAD;
		return false;
	}
	if (fx_code_in_range(*code, FX_CODE_OF_PROCESS)) {
		*code -= FX_CODE_OF_PROCESS;
		return true;
	}
	*code = fx_code_as_sent(*code);
	return *code != SI_TKILL;
}

/* The guest's mask as the host may have it. */
static inline uint64_t fx_host_mask(uint64_t mask)
{
	return mask & ~FX_SYNC_SIGNALS;
}

#endif
