/* SPDX-License-Identifier: MIT */
/*
 * Landlock, the layer that needs no privilege and does not depend on mounts:
 * files, TCP, abstract sockets and signals, each as far as the host's ABI goes.
 */
#ifndef LOADER_CONFINE_LANDLOCK_H
#define LOADER_CONFINE_LANDLOCK_H

#include "loader/confine/policy.h"
#include "loader/refusal.h"

/* The newest ABI that fxbox knows what to do with. */
#define FX_LANDLOCK_ABI 7

/* The first that judges TCP by its ports. */
#define FX_LANDLOCK_TCP 4

/* The first that keeps signals and abstract sockets in. */
#define FX_LANDLOCK_SCOPES 6

/* The host's, at most ours; 0 without Landlock. */
int fx_landlock_abi(void);

/*
 * Restricts this process for good. grants: with absolute paths, as they lie in the
 * namespace; exe: a descriptor of fxbox itself, which is executed again.
 * Needs no_new_privs. 0, or -1 with *why filled.
 */
int fx_landlock_restrict(const struct fx_policy *policy, const struct fx_grant *grant,
			 size_t grants, int abi, int exe, struct fx_refusal *why);

#endif
