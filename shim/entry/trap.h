/* SPDX-License-Identifier: MIT */
/* A system call of the guest, from trap to answer. */
#ifndef SHIM_ENTRY_TRAP_H
#define SHIM_ENTRY_TRAP_H

#include "shim/base/kernel_signal.h"

/* From entry_x86_64.S: the handler of SIGSYS, as those of interrupt.h. */
int fx_trap(int sig, siginfo_t *info, struct ucontext *uc);

#endif
