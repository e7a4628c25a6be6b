/* SPDX-License-Identifier: MIT */
/* The process as a whole: what was asked for, and every way it ends. */
#ifndef SHIM_PROCESS_PROCESS_H
#define SHIM_PROCESS_PROCESS_H

#include <stdbool.h>
#include <stdint.h>

#include "shim/boot.h"
#include "shim/base/kernel_signal.h"

struct fx_thread;
struct fx_manager;

/* Constant once the guest runs, but for exe. */
extern struct fx_config fx_config;
extern char fx_guest_exe[4096];
extern struct fx_manager fx_manager;
/* The guest runs: whoever is in the shim stands on the stack of a thread's block. */
extern bool fx_running;

/* A kept descriptor. */
static inline int fx_fd(enum fx_fd which)
{
	return fx_config.fd_base + (int)which;
}

/* Whether the guest may not know of this descriptor. */
static inline bool fx_fd_kept(long fd)
{
	return fd >= fx_config.fd_base && fd < fx_config.fd_base + FX_FD_COUNT;
}

/* Guest threads that have not exited; a vfork child is not among them. */
extern uint32_t fx_thread_count;

/* Lets the bucket table follow the number of threads. */
void fx_process_thread_added(void);

/* Ends the process as exit_group(2): exit record, report if it is due. */
_Noreturn void fx_process_exit(struct fx_thread *t, int status);

/*
 * The guest dies of a signal. Returns, and then the way out must be taken:
 * the signal hits the guest before its next instruction. Does not return if
 * there is a report to make.
 */
void fx_process_die(struct fx_thread *t, struct ucontext *uc, const siginfo_t *info);

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

/* Around fork. */
void fx_process_exec_lock(void);
void fx_process_exec_unlock(void);

#endif
