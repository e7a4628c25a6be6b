/* SPDX-License-Identifier: MIT */
/*
 * Signals, wholly virtual: the guest's actions are data, the host's handlers
 * are ours. signal.c takes them, sigframe.c hands them to the guest.
 */
#ifndef SHIM_SIGNALS_SIGNAL_H
#define SHIM_SIGNALS_SIGNAL_H

#include <stdbool.h>
#include <stdint.h>

#include "shim/base/kernel_signal.h"
#include "shim/threads/sighand.h"

struct fx_thread;

/* Held signals that the guest does not block any more are to be delivered. */
void fx_signal_release_held(struct fx_thread *t);

/*
 * Makes the host's action for sig what the guest's action asks for. Wants
 * the lock of the sighand, or a sighand nobody else sees. fresh: what the
 * host has is not what the cache says.
 */
void fx_signal_host_action(struct fx_sighand *h, int sig, bool fresh);

/* Fills a sighand from the host's actions after an exec: ignored ones stay ignored. */
void fx_signal_init(struct fx_sighand *h, uint64_t ignored_sync);

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

/*
 * From entry_x86_64.S: the handlers proper. They return whether they
 * interrupted the guest: then the way out is fx_leave, which delivers what
 * else waits; else the shim just continues.
 */
int fx_on_signal(int sig, siginfo_t *info, struct ucontext *uc);
int fx_on_fault(int sig, siginfo_t *info, struct ucontext *uc);
int fx_trap(int sig, siginfo_t *info, struct ucontext *uc); /* trap.c */

/*
 * A call from a patched site: from patched_x86_64.S, which has laid out c, without uc.
 * Returns what the guest finds in rax; -FX_EBAIL: it is to be made by the site's own
 * `syscall`, after what waits is delivered. In trap.c.
 */
struct fx_call;
long fx_patched(struct fx_call *c);

/* From entry_x86_64.S: what waits is delivered, uc is the guest's. */
void fx_deliver_pending(struct ucontext *uc);

/*
 * Sets the guest's mask, in t and in the registers it will continue with;
 * held signals that are free now become pending.
 */
void fx_signal_set_mask(struct fx_thread *t, struct ucontext *uc, uint64_t mask);

/*
 * A signal of FX_SYNC_SIGNALS that was sent, not raised by a fault: kept until
 * the guest does not block it, the first of each kind, as for all standard
 * signals. Returns whether the guest was interrupted, not the shim.
 */
int fx_signal_sent(struct fx_thread *t, struct ucontext *uc, const siginfo_t *info);

#endif
