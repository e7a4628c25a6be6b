/* SPDX-License-Identifier: MIT */
/*
 * The file system as the program sees it: everything as it was, read-only, but
 * what was granted. For a process alone in a new mount namespace, behind fx_own_root.
 */
#ifndef LOADER_CONFINE_MOUNTS_H
#define LOADER_CONFINE_MOUNTS_H

#include <stdbool.h>

#include "loader/confine/policy.h"
#include "loader/refusal.h"

/*
 * grant: absolute paths without links, sorted as they are to be laid over each other
 * (fx_mounts_sort). new_proc: a /proc for a new PID namespace, *proc says whether
 * it could be had. 0, or -1 with *why filled.
 */
int fx_mounts_build(const struct fx_grant *grant, size_t grants, bool *new_proc,
		    struct fx_refusal *why);

/* Outer paths before those below them; of the same path, what is private before what is granted. */
void fx_mounts_sort(struct fx_grant *grant, size_t grants);

#endif
