/* SPDX-License-Identifier: MIT */
/*
 * The file system as the program sees it: everything as it was, read-only, but
 * what was granted; or nothing but what is to be seen. For a process alone in a new mount
 * namespace, behind fx_own_root.
 */
#ifndef LOADER_CONFINE_MOUNTS_H
#define LOADER_CONFINE_MOUNTS_H

#include <stdbool.h>

#include "loader/confine/view.h"
#include "loader/refusal.h"

/*
 * view: sorted (fx_view_sort). only: nothing is there but what it has. new_proc: a /proc for a new
 * PID namespace, *proc says whether it could be had. 0, or -1 with *why filled.
 */
int fx_mounts_build(const struct fx_view *view, bool only, bool *new_proc, struct fx_refusal *why);

#endif
