/* SPDX-License-Identifier: MIT */
/*
 * A root with nothing in it but places: directories on the way to what is to be seen, empty files,
 * links, and who the program's user is. For a process alone in a new mount namespace, behind
 * fx_own_root.
 */
#ifndef LOADER_CONFINE_EMPTY_ROOT_H
#define LOADER_CONFINE_EMPTY_ROOT_H

#include "loader/confine/view.h"
#include "loader/refusal.h"

/*
 * Makes it the root of this process, and of all in the namespace that had the old one as root and
 * directory; nothing of the old one is left in the namespace. tree: of each grant what is to be
 * laid on its place, cloned before; -1: that is a directory, or nowhere. Of a private directory it
 * is filled in: one of the root itself, which stays writable. 0, or -1 with *why filled: the
 * process is then fit for nothing but to end.
 */
int fx_empty_root_enter(const struct fx_view *view, int *tree, struct fx_refusal *why);

#endif
