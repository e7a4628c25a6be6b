/* SPDX-License-Identifier: MIT */
/*
 * Descriptors that fxbox was started with. A directory, or a descriptor made
 * with O_PATH, lies on the mounts as they were, and leads past the new ones.
 */
#ifndef LOADER_CONFINE_INHERITED_H
#define LOADER_CONFINE_INHERITED_H

#include "loader/refusal.h"
#include "shim/boot.h"

/*
 * Opens those anew by their names, inside; what is not the same file there is
 * closed, with a line on standard error. 0, or -1 with *why filled.
 */
int fx_inherited_reopen(const struct fx_config *config, struct fx_refusal *why);

#endif
