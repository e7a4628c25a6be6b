/* SPDX-License-Identifier: MIT */
/* A system call is counted, told, answered by its handler, and looked at once more. */
#ifndef SHIM_ENTRY_SERVE_H
#define SHIM_ENTRY_SERVE_H

#include <stdbool.h>

#include "shim/base/kernel_signal.h"

struct fx_call;
struct fx_thread;

/* In si_arch of a trap: it came by `syscall`, in 64-bit code. */
#define FX_AUDIT_ARCH_X86_64 0xc000003e

/* info is NULL for a call from a patched site, which is a `syscall` of the program's own. */
long fx_serve(struct fx_thread *t, struct fx_call *c, const siginfo_t *info);

/* A result that confinement may be the reason of: says so, if it is. Returns it. */
long fx_serve_denied(struct fx_thread *t, const struct fx_call *c, long r);

/* The call's result, or -FX_EBAIL if it is to be begun anew after what waits is delivered. */
long fx_serve_settle(struct fx_thread *t, struct fx_call *c, long r);

/*
 * Whether the trap is of the vsyscall page. Its three calls do not wait; and with rip at the
 * caller none can be begun anew.
 */
bool fx_serve_from_vsyscall(const siginfo_t *info);

#endif
