/* SPDX-License-Identifier: MIT */
/* The rows of syscalls.tbl, indexed by number. */
#include "shim/base/call.h"

#define VERDICT_EMULATED    FX_EMULATED
#define VERDICT_PASSTHROUGH FX_PASSTHROUGH
#define VERDICT_PARTIAL	    FX_PARTIAL
#define VERDICT_DENIED	    FX_DENIED
#define VERDICT_UNSUPPORTED FX_UNSUPPORTED

#define FX_SYSCALL(nr, name, verdict, handler, args, restart, man)                                 \
	[nr] = {#name, handler, args, VERDICT_##verdict, FX_RESTART_##restart},

const struct fx_syscall fx_syscall_rows[FX_SYSCALL_LAST + 1] = {
#include "shim/syscalls.tbl"
};
