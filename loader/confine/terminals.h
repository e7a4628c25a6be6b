/* SPDX-License-Identifier: MIT */
/*
 * Terminals of one's own: a devpts that nobody else has, in which new ones are made, and the one
 * that the program is started on, by its old name. The user's others are not there.
 */
#ifndef LOADER_CONFINE_TERMINALS_H
#define LOADER_CONFINE_TERMINALS_H

#include "loader/confine/policy.h"
#include "loader/confine/view.h"
#include "loader/refusal.h"
#include "shim/boot.h"

/*
 * Adds both to the view, for a process in a new mount namespace; FX_FD_TERMINAL is the master side
 * of what keeps the old name from new ones, if there is one. Where there is no /dev/pts nothing is
 * done; where none can be made that is told. 0, or -1 with *why filled.
 */
int fx_terminals_add(const struct fx_policy *policy, const struct fx_config *config,
		     struct fx_view *view, struct fx_refusal *why);

#endif
