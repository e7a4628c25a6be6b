/* SPDX-License-Identifier: MIT */
/*
 * Descriptors that fxbox was started with. A directory, or a descriptor made
 * with O_PATH, lies on the mounts as they were, and leads past the new ones. A socket that is
 * no stream sends to any address.
 */
#ifndef LOADER_CONFINE_INHERITED_H
#define LOADER_CONFINE_INHERITED_H

#include <stdbool.h>

#include "loader/confine/policy.h"
#include "loader/refusal.h"
#include "shim/boot.h"

/*
 * Closes those sockets, but where --net or --unix is granted, and, if reopen, opens those
 * directories anew by their names, inside; what is not the same file there is closed. Each that is
 * closed gets a line on standard error. 0, or -1 with *why filled.
 */
int fx_inherited_look(const struct fx_policy *policy, const struct fx_config *config, bool reopen,
		      struct fx_refusal *why);

#endif
