/* SPDX-License-Identifier: MIT */
/*
 * Signals that end the process the moment they are sent. On Linux whoever sends one to the own
 * process never comes back from the call (complete_signal); here another thread may be the one that
 * the host interrupts, and the sender would go on until that one has ended the process.
 */
#ifndef SHIM_SIGNALS_FATAL_H
#define SHIM_SIGNALS_FATAL_H

#include <stdbool.h>
#include <stdint.h>

struct fx_thread;

/*
 * sig_fatal() of Linux, without what leaves a core: the signal, 1 to FX_NSIG, has no handler and
 * kills by default. Whether somebody blocks it is not asked.
 */
bool fx_signal_kills_at_once(const struct fx_thread *t, int sig);

/*
 * Whether a signal that t sends to its own process (tid 0) or to a thread of that now ends the
 * process at once: it kills so, and a thread that it may go to does not block it.
 * False for a sig that is none and a tid that is none of the process's. Takes the block lock.
 */
bool fx_signal_is_fatal(const struct fx_thread *t, int sig, uint32_t tid);

/* t has sent such a signal: it ends the process on its way out of the call. */
void fx_signal_doom(struct fx_thread *t, int sig);

#endif
