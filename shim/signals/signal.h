/* SPDX-License-Identifier: MIT */
/*
 * Signals, wholly virtual: the guest's actions are data, the host's handlers
 * are ours. entry/interrupt.c takes them, this delivers them, sigframe.c hands them to
 * the guest.
 */
#ifndef SHIM_SIGNALS_SIGNAL_H
#define SHIM_SIGNALS_SIGNAL_H

#include <stdbool.h>
#include <stdint.h>

#include "shim/base/kernel_signal.h"
#include "shim/threads/sighand.h"

struct fx_thread;

/*
 * Keeps a synchronous signal that was sent to the thread, or to the process, until it can be
 * delivered; not a second one of its kind. Whether the guest blocks it the way out knows. In its
 * handler, with the code that it came with.
 */
void fx_signal_hold(struct fx_thread *t, siginfo_t *info);

/* One that is the thread's own for certain, with the code that it is to have. */
void fx_signal_hold_own(struct fx_thread *t, const siginfo_t *info);

/*
 * Of those, what the guest does not block with this mask. To be asked after the thread's mask
 * (or t->sigwait) was changed: process/sent.h.
 */
uint64_t fx_signal_held(const struct fx_thread *t, uint64_t mask);

/* Takes one of set, the thread's before the process's. False: none is held any more. */
bool fx_signal_take_held(struct fx_thread *t, uint64_t set, siginfo_t *info);

/*
 * Held signals that the guest does not block any more, or waits for, are to be delivered; what is
 * the process's and blocked here is another thread's. After each change of the mask.
 */
void fx_signal_release_held(struct fx_thread *t);

/*
 * Acts on a signal for the guest whose registers are in uc: builds the
 * handler's frame, drops it, or ends the process. The guest does not block
 * it.
 * forced: a fault or the like, which cannot be ignored or blocked.
 */
void fx_signal_deliver(struct fx_thread *t, struct ucontext *uc, const siginfo_t *info,
		       bool forced);

/* Sends SIGSEGV to the thread itself, as the kernel does for a bad frame. */
void fx_signal_force_segv(struct fx_thread *t, struct ucontext *uc);

/* From leave_x86_64.S: what waits is delivered, uc is the guest's. */
void fx_signal_deliver_pending(struct ucontext *uc);

/*
 * Sets the guest's mask, in t and in the registers it will continue with;
 * held signals that are free now become pending.
 */
void fx_signal_set_mask(struct fx_thread *t, struct ucontext *uc, uint64_t mask);

#endif
