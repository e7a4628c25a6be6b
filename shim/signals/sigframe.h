/* SPDX-License-Identifier: MIT */
/* The frame a guest's handler runs on, as arch/x86/kernel/signal_64.c lays it out. */
#ifndef SHIM_SIGNALS_SIGFRAME_H
#define SHIM_SIGNALS_SIGFRAME_H

#include <stdbool.h>

#include "shim/base/kernel_signal.h"
#include "shim/threads/sighand.h"

struct fx_thread;

/*
 * Writes the frame for a handler below the guest's stack pointer or on its
 * alternate stack, and lets uc continue at the handler, with the processor's
 * extended state as at a program's start. mask is what rt_sigreturn restores.
 * Returns 0; or -EFAULT, with uc untouched, if memory cannot be written, if the
 * frame does not fit on the alternate stack (then nothing was written), or if
 * the action has no restorer.
 */
int fx_sigframe_build(struct fx_thread *t, struct ucontext *uc, const siginfo_t *info,
		      const struct fx_action *action, uint64_t mask);

/*
 * Reads the frame the guest returns from (its stack pointer is at the
 * ucontext) into uc; *mask and *alt_* are what it asks for. Returns 0 or
 * -EFAULT; then uc is half changed and the guest is to get SIGSEGV.
 */
int fx_sigframe_restore(struct ucontext *uc, uint64_t *mask, stack_t *alt);

/* Whether the stack pointer is on the guest's alternate stack, and that is not one that disarms
 * itself. */
bool fx_sigframe_on_alt(const struct fx_thread *t, uintptr_t sp);

#endif
