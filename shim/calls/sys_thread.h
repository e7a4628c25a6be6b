/* SPDX-License-Identifier: MIT */
#ifndef SHIM_CALLS_SYS_THREAD_H
#define SHIM_CALLS_SYS_THREAD_H

#include <stdint.h>

struct fx_handover;
struct fx_thread;

/*
 * What a thread leaves to others when it ends: the locks of its robust list
 * marked and one waiter of each woken, its id word 0 and a waiter woken. Once.
 */
void fx_thread_let_go(struct fx_thread *t);

/*
 * The same, as far as it is left to do, by the parent of a vfork child that has had this id: it
 * executes another program now or was killed, and its robust list has been walked by the host.
 */
void fx_thread_let_go_for(struct fx_thread *child, uint32_t tid);

/*
 * fx_process_reexec for an execve of the guest. A process that shares memory with others leaves
 * them its cleared id word. This has to come first, and is undone if the exec fails.
 */
long fx_thread_exec(struct fx_thread *t, struct fx_handover *h, uintptr_t argv, uintptr_t envp);

#endif
