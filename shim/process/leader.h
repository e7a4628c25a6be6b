/* SPDX-License-Identifier: MIT */
/*
 * Signals to the process and its first thread.
 *
 * Linux wakes the first thread for a signal that was sent to the process, if
 * that thread does not block it; a read that it sleeps in ends with EINTR.
 * But every thread that changes its mask meanwhile looks for such signals
 * too, and each of our ways out is an rt_sigreturn that does. So a thread
 * that finds a signal which is the first thread's hands it on: through one
 * slot, with a nudge to make it look (nudge.h).
 */
#ifndef SHIM_PROCESS_LEADER_H
#define SHIM_PROCESS_LEADER_H

#include <stdbool.h>

#include "shim/base/kernel_signal.h"

struct fx_thread;

/*
 * Offers a signal that t is about to handle to the first thread. True: that
 * one has it now. Not on the first thread itself, nor from a vfork child.
 */
bool fx_leader_offer(const struct fx_thread *t, const siginfo_t *info);

/* Whether t is the first thread. */
bool fx_leader_is(const struct fx_thread *t);

/* Whether there is something to take. Takes no lock. */
bool fx_leader_waits(void);

/* Takes what was offered, in whichever thread it is called; false if nothing is there any more. */
bool fx_leader_take(siginfo_t *info);

/* The first thread cannot handle what it took after all: to the process with it, for good. */
void fx_leader_return(const siginfo_t *info);

/* The first thread ends, as threads do: what it was offered is the others'. */
void fx_leader_left(void);

/*
 * Before an exec: nothing is offered any more, and no nudge is under way, since
 * the next program would die of it. False: something waits, take it first.
 * fx_leader_open() if the exec has failed.
 */
bool fx_leader_close(void);
void fx_leader_open(void);

/* In a forked child, whose only thread is the first. */
void fx_leader_after_fork(void);

#endif
