/* SPDX-License-Identifier: MIT */
/* One function for each system call that is not left to the host whole; and for all that are. */
#ifndef SHIM_CALLS_HANDLERS_H
#define SHIM_CALLS_HANDLERS_H

#include "shim/base/call.h"

struct fx_thread;

/* Returns what the guest finds in rax; -FX_EBAIL: not begun, execute it anew. */
typedef long fx_handler(struct fx_thread *t, struct fx_call *c);

#define FX_SYSCALL(nr, name, verdict, handler, args, restart, man) fx_handler handler;
#include "shim/base/kernel_signal.h"
#include "shim/syscalls.tbl"
#undef FX_SYSCALL

#endif
