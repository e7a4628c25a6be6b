/* SPDX-License-Identifier: MIT */
/* The rows of syscalls.tbl, indexed by number. */
#include "shim/call.h"

#include "shim/mem.h"

#define LAST		    470

#define VERDICT_EMULATED    FX_EMULATED
#define VERDICT_PASSTHROUGH FX_PASSTHROUGH
#define VERDICT_PARTIAL	    FX_PARTIAL
#define VERDICT_DENIED	    FX_DENIED
#define VERDICT_UNSUPPORTED FX_UNSUPPORTED

#define FX_SYSCALL(nr, name, verdict, handler, args, restart, man)                                 \
	[nr] = {#name, handler, args, VERDICT_##verdict, FX_RESTART_##restart},

static const struct fx_syscall row[LAST + 1] = {
#include "shim/syscalls.tbl"
};

const struct fx_syscall *fx_syscall_get(long nr)
{
	if (nr < 0 || nr > LAST || !row[nr].name)
		return NULL;
	return &row[nr];
}
