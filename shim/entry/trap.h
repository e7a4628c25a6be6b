/* SPDX-License-Identifier: MIT */
/* A system call of the guest, from trap to answer. */
#ifndef SHIM_ENTRY_TRAP_H
#define SHIM_ENTRY_TRAP_H

#include "shim/base/kernel_signal.h"

struct fx_call;

/* From entry_x86_64.S: the handler of SIGSYS, as those of interrupt.h. */
int fx_trap(int sig, siginfo_t *info, struct ucontext *uc);

/*
 * A call from a patched site: from patched_x86_64.S, which has laid out c, without uc.
 * Returns what the guest finds in rax; -FX_EBAIL: it is to be made by the site's own
 * `syscall`, after what waits is delivered.
 */
long fx_patched(struct fx_call *c);

#endif
