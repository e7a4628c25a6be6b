/* SPDX-License-Identifier: MIT */
/* Finds a program by name as execvp(3) does, without running it. */
#ifndef LOADER_PATH_LOOKUP_H
#define LOADER_PATH_LOOKUP_H

#include <limits.h>

#include "loader/refusal.h"

/*
 * A name with a slash is taken as it is. Any other is sought in the
 * directories of `search` (the value of PATH; NULL means the system's
 * default; an empty member is the current directory). Returns 0 with the path
 * in `found`; or -1 with *why filled and `found` untouched: 127 if it is
 * nowhere, 126 if it is somewhere but barred.
 */
int fx_path_lookup(const char *name, const char *search, char found[static PATH_MAX],
		   struct fx_refusal *why);

#endif
