/* SPDX-License-Identifier: MIT */
/* The table that says who answers each system call: the rows of syscalls.tbl. */
#ifndef SHIM_ENTRY_DISPATCH_H
#define SHIM_ENTRY_DISPATCH_H

#include <stddef.h>

#include "shim/calls/handlers.h"

struct fx_dispatch {
	fx_handler *handler; /* NULL: no such number */
	uint8_t restart;     /* enum fx_restart */
};

#define FX_DISPATCH_LAST 470
extern const struct fx_dispatch fx_dispatch_rows[FX_DISPATCH_LAST + 1];

/* NULL for a number without a row. */
static inline const struct fx_dispatch *fx_dispatch_get(long nr)
{
	if (nr < 0 || nr > FX_DISPATCH_LAST || !fx_dispatch_rows[nr].handler)
		return NULL;
	return &fx_dispatch_rows[nr];
}

#endif
