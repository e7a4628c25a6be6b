/* SPDX-License-Identifier: MIT */
/* What a thread leaves to others when it ends. */
#ifndef SHIM_THREADS_LET_GO_H
#define SHIM_THREADS_LET_GO_H

#include <stdint.h>

struct fx_thread;

/* sizeof(struct robust_list_head), the only one that set_robust_list(2) takes. */
#define FX_ROBUST_HEAD_SIZE 24

/*
 * The locks of its robust list marked and one waiter of each woken, its id word 0 and a
 * waiter woken. Once.
 */
void fx_let_go(struct fx_thread *t);

/*
 * The same, as far as it is left to do, by the parent of a vfork child that has had this id: it
 * executes another program now or was killed, and its robust list has been walked by the host.
 */
void fx_let_go_for(struct fx_thread *child, uint32_t tid);

/*
 * The id word alone. mm_release(): the word of who is alone with its memory stays as it is.
 */
void fx_let_go_exit_word(struct fx_thread *t);

#endif
