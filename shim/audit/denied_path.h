/* SPDX-License-Identifier: MIT */
/* Denials of calls that would write to the file system. */
#ifndef SHIM_AUDIT_DENIED_PATH_H
#define SHIM_AUDIT_DENIED_PATH_H

#include <stdbool.h>
#include <stddef.h>

#include "shim/audit/place.h"

struct fx_call;

#define FX_DENIED_PATH FX_PLACE_PATH

struct fx_denied_path {
	char path[FX_DENIED_PATH];  /* what was to be written, absolute */
	char allow[FX_DENIED_PATH]; /* what --rw would have to name */
	const char *what;	    /* "for writing" and the like */
};

/*
 * Whether it was confinement that refused this call, and not the kernel as it
 * would have outside; then *out is filled.
 */
bool fx_denied_by_path(const struct fx_call *c, long result, struct fx_denied_path *out);

#endif
