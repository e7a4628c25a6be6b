/* SPDX-License-Identifier: MIT */
/* Every way the process ends, and its becoming the next fxbox. */
#ifndef SHIM_PROCESS_PROCESS_H
#define SHIM_PROCESS_PROCESS_H

#include <stdbool.h>
#include <stdint.h>

#include "shim/base/kernel_signal.h"

struct fx_handover;
struct fx_thread;

/* Ends the process as exit_group(2): exit record, report if it is due. */
_Noreturn void fx_process_exit(struct fx_thread *t, int status);

/*
 * The guest dies of a signal. Returns, and then the way out must be taken:
 * the signal hits the guest before its next instruction. Does not return if
 * there is a report to make.
 */
void fx_process_die(struct fx_thread *t, struct ucontext *uc, const siginfo_t *info);

/* In a forked child: nobody ends it yet. */
void fx_process_after_fork(void);

/* A fault in the shim itself: says so and ends the process, status 125. */
_Noreturn void fx_process_internal_error(const siginfo_t *info, uintptr_t ip);

/* One line on the report descriptor and the end, status 125; before the guest runs. */
_Noreturn void fx_process_fail(const char *what, long error);

/*
 * Becomes the next fxbox (execveat of FX_FD_EXE) with this hand-over; argv
 * and envp as the kernel takes them. Returns only on failure, -errno, with
 * nothing changed; -FX_EBAIL when a signal is to be delivered first.
 */
long fx_process_reexec(struct fx_thread *t, struct fx_handover *h, uintptr_t argv, uintptr_t envp);

/*
 * The same in a process of fxbox's own, of which the guest knows nothing: no log, no trace, no
 * report of its own. h->fd stays open. Takes no lock. Returns -errno.
 */
long fx_process_become(struct fx_handover *h, uintptr_t argv);

/* Gives back what an exec has taken that failed, or that another process has made in our memory. */
void fx_process_forget_exec(struct fx_thread *t);

/*
 * Whether another process may have this one's table of descriptors, and not a copy of it: what is
 * open there when an exec succeeds the other keeps. Set before both of them run; takes no lock.
 */
extern bool fx_process_shares_files;

/* Around fork. */
void fx_process_exec_lock(void);
void fx_process_exec_unlock(void);

#endif
