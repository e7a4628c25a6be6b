/* SPDX-License-Identifier: MIT */
#include "shim/entry/dispatch.h"

#define FX_SYSCALL(nr, name, verdict, handler, args, restart, man)                                 \
	[nr] = {handler, FX_RESTART_##restart},

const struct fx_dispatch fx_dispatch_rows[FX_DISPATCH_LAST + 1] = {
#include "shim/syscalls.tbl"
};
