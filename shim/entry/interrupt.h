/* SPDX-License-Identifier: MIT */
/* A signal of the host's, which has interrupted the guest or the shim: delivers or records it. */
#ifndef SHIM_ENTRY_INTERRUPT_H
#define SHIM_ENTRY_INTERRUPT_H

#include "shim/base/kernel_signal.h"

struct fx_thread;

/*
 * From entry_x86_64.S: the handlers proper. They return whether they
 * interrupted the guest: then the way out is fx_leave, which delivers what
 * else waits; else the shim just continues.
 */
int fx_interrupt_signal(int sig, siginfo_t *info, struct ucontext *uc);
int fx_interrupt_fault(int sig, siginfo_t *info, struct ucontext *uc);

/*
 * A signal of FX_SYNC_SIGNALS that was sent, not raised by a fault: kept until
 * the guest does not block it, the first of each kind, as for all standard
 * signals. info as it came. Returns whether the guest was interrupted, not the shim.
 */
int fx_interrupt_sent(struct fx_thread *t, struct ucontext *uc, siginfo_t *info);

#endif
