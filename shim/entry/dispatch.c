/* SPDX-License-Identifier: MIT */
#include "shim/entry/dispatch.h"

#define NO_MORE "\0\0\0\0\0\0"
#define TAKES(args, i)                                                                             \
	((args NO_MORE)[i] == 'f' || (args NO_MORE)[i] == 'F' ? (uint8_t)(1U << (i)) : (uint8_t)0)
#define FX_SYSCALL(nr, name, verdict, handler, args, restart, man)                                 \
	[nr] = {handler, FX_RESTART_##restart,                                                     \
		TAKES(args, 0) | TAKES(args, 1) | TAKES(args, 2) | TAKES(args, 3) |                \
			TAKES(args, 4) | TAKES(args, 5)},

const struct fx_dispatch fx_dispatch_rows[FX_DISPATCH_LAST + 1] = {
#include "shim/syscalls.tbl"
};
