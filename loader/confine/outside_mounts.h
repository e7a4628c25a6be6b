/* SPDX-License-Identifier: MIT */
/*
 * Which mounts were read-only before fxbox made all of them so: what is
 * refused there no option would allow, and the shim says so only if it is true.
 */
#ifndef LOADER_CONFINE_OUTSIDE_MOUNTS_H
#define LOADER_CONFINE_OUTSIDE_MOUNTS_H

#include "loader/refusal.h"
#include "shim/boot.h"

/* Into the audit table. 0, or -1 with *why filled. */
int fx_outside_mounts_record(const struct fx_config *config, struct fx_refusal *why);

#endif
