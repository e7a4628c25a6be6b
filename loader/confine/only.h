/* SPDX-License-Identifier: MIT */
/* What is seen with --only besides what is named: the system, and the program itself. */
#ifndef LOADER_CONFINE_ONLY_H
#define LOADER_CONFINE_ONLY_H

#include "loader/confine/policy.h"
#include "loader/confine/view.h"
#include "loader/refusal.h"

/*
 * program: as it was named, to be found as it will be inside. One that is not found is left to
 * those who will look for it. 0, or -1 with *why filled.
 */
int fx_only_add(const struct fx_policy *policy, const char *program, struct fx_view *view,
		struct fx_refusal *why);

#endif
