/* SPDX-License-Identifier: MIT */
/* The table that says who answers each system call: the rows of syscalls.tbl. */
#ifndef SHIM_ENTRY_DISPATCH_H
#define SHIM_ENTRY_DISPATCH_H

#include <stddef.h>

#include "shim/base/config.h"
#include "shim/calls/handlers.h"

struct fx_dispatch {
	fx_handler *handler; /* NULL: no such number */
	uint8_t restart;     /* enum fx_restart */
	uint8_t fds;	     /* the arguments that are descriptors, as bits */
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

/* Open for nobody, whatever the limit; and no -1, which means something to some calls. */
#define FX_FD_NEVER 0x7fffffffUL

static inline bool fx_dispatch_names_kept(const struct fx_dispatch *row, const struct fx_call *c)
{
	for (unsigned left = row->fds; left; left &= left - 1)
		if (fx_fd_kept((int)c->arg[__builtin_ctz(left)]))
			return true;
	return false;
}

/*
 * The descriptors that fxbox keeps are not open for the guest: in no call, for its row says which
 * of its arguments are descriptors. The host finds one that is not open, when it comes to look at
 * it.
 */
static inline void fx_dispatch_hide_kept(const struct fx_dispatch *row, struct fx_call *c)
{
	for (unsigned left = row->fds; left; left &= left - 1) {
		unsigned long *arg = &c->arg[__builtin_ctz(left)];

		if (__builtin_expect(fx_fd_kept((int)*arg), 0))
			*arg = FX_FD_NEVER;
	}
}

#endif
