/* SPDX-License-Identifier: MIT */
/* How urgent a thread is: the host knows, the manager asks. */
#ifndef SHIM_THREADS_PRIORITY_H
#define SHIM_THREADS_PRIORITY_H

/* The calling thread's, on the scale of struct fx_thread_ops. */
int fx_priority_own(void);

/*
 * Lets the manager ask for priorities from now on if this thread (0: the caller) is a
 * real-time one, because such threads are woken before others.
 */
void fx_priority_notice(int tid);

#endif
