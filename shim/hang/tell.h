/* SPDX-License-Identifier: MIT */
/* A process says where its threads are: the report of threads, on fxbox's own standard error. */
#ifndef SHIM_HANG_TELL_H
#define SHIM_HANG_TELL_H

#include <stdint.h>

#include "shim/base/kernel_signal.h"
#include "shim/thread_dump.h"

struct fx_thread;

/*
 * Makes a dump of all threads (dump.h) and lets a process of fxbox's own read it, which is no child
 * that the guest could wait for; waits for that to end, half a minute at most. Where it cannot be
 * had, for want of memory, processes, descriptors or of fxbox-report, one line says what is known
 * and why there is no more. handlers: for FX_DUMP_STUCK_SOFT, the signals whose handlers could go
 * on. Takes no lock.
 */
void fx_hang_tell(struct fx_thread *t, enum fx_dump_reason reason, uint64_t handlers);

/* The same after fx_stop_all, whose threads go on as soon as they have been copied. */
void fx_hang_tell_stopped(struct fx_thread *t, enum fx_dump_reason reason);

/*
 * The process is about to die of the signal, with the guest's registers in uc: tells, if that is
 * what this signal is for (SIGQUIT, but from itself), or --on-crash asks for it. Its other threads
 * stand still meanwhile.
 */
void fx_hang_dying(struct fx_thread *t, const struct ucontext *uc, const siginfo_t *info);

#endif
