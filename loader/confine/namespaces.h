/* SPDX-License-Identifier: MIT */
/*
 * The namespaces of a run. Always wanted: mount and IPC. With --isolate also
 * PID, UTS and, without --net, network; with --net=local always that. Made with the caller's
 * privilege, or, without any, in a user namespace in which everybody keeps his own number.
 */
#ifndef LOADER_CONFINE_NAMESPACES_H
#define LOADER_CONFINE_NAMESPACES_H

#include "loader/confine/policy.h"
#include "loader/refusal.h"

/*
 * *made: the CLONE_NEW flags of what this process now has. A PID namespace
 * begins with the next child. What is missing has been said. 0, or -1 with
 * *why filled.
 */
int fx_namespaces_enter(const struct fx_policy *policy, int *made, struct fx_refusal *why);

#endif
