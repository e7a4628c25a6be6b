/* SPDX-License-Identifier: MIT */
#ifndef SHIM_CALLS_SYS_SCHED_H
#define SHIM_CALLS_SYS_SCHED_H

/* The calling thread's, on the scale of struct fx_thread_ops. */
int fx_sched_priority(void);

/* Lets the manager ask for priorities from now on if this thread (0: the caller) is a real-time
 * one. */
void fx_sched_notice(int tid);

#endif
