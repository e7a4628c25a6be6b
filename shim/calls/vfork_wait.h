/* SPDX-License-Identifier: MIT */
/*
 * How vfork(2) waits. Linux's own wait can be killed and is not interrupted otherwise: a signal
 * whose default action is the end takes effect at once, unless it leaves a core; handlers run and
 * stops come when the child has gone. To the host there is a handler for most of these, so its wait
 * would not end for them: the shim waits instead.
 */
#ifndef SHIM_CALLS_VFORK_WAIT_H
#define SHIM_CALLS_VFORK_WAIT_H

#include <stdbool.h>
#include <stdint.h>

struct fx_thread;
struct ucontext;

/*
 * Returns when the child whose word this is has executed a program or ended: the kernel clears it
 * at the same place where it lets a parent in vfork go on (mm_release). Then the host has
 * everything blocked until the way out. False: a signal kills the process, and the child lives on
 * in its memory; the way out is to be taken, as after fx_process_die.
 */
bool fx_vfork_wait(struct fx_thread *t, struct ucontext *uc, uint32_t *host_tid);

#endif
