/* SPDX-License-Identifier: MIT */
/*
 * A thread is made to look whether something waits for it: by a SIGTRAP, which the host never
 * blocks. There is at most one on its way to a thread, since the host keeps one of a kind.
 */
#ifndef SHIM_PROCESS_NUDGE_H
#define SHIM_PROCESS_NUDGE_H

#include <stdbool.h>

#include "shim/base/kernel_signal.h"

struct fx_thread;

/* Another thread of this process. False: it is gone. Takes no lock; handlers may. */
bool fx_nudge(struct fx_thread *to);

/*
 * Whether this signal says "look" to t, whose handler has it. Also one whose siginfo the host
 * has lost for want of room (RLIMIT_SIGPENDING), if such a signal is due.
 */
bool fx_nudge_is(struct fx_thread *t, const siginfo_t *info);

/*
 * Whether a nudge was sent that t has not seen: the host drops one while another SIGTRAP waits
 * for the thread, so who handles a SIGTRAP of any other kind asks.
 */
bool fx_nudge_due(struct fx_thread *t);

/* In a forked child: those that were sent to the parent's thread. */
void fx_nudge_after_fork(struct fx_thread *t);

#endif
