/* SPDX-License-Identifier: MIT */
#ifndef SHIM_SYS_THREAD_H
#define SHIM_SYS_THREAD_H

struct fx_thread;

/*
 * What a thread leaves to others when it ends: the locks of its robust list
 * marked and one waiter of each woken, its id word 0 and a waiter woken. Once.
 */
void fx_thread_let_go(struct fx_thread *t);

#endif
