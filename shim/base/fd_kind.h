/* SPDX-License-Identifier: MIT */
/* What a descriptor is, where nothing but its name in /proc tells. */
#ifndef SHIM_BASE_FD_KIND_H
#define SHIM_BASE_FD_KIND_H

#include <stdbool.h>

/* Whether it is the kernel's own file of this name, as "anon_inode:[eventfd]". False without /proc.
 */
bool fx_fd_is_named(int fd, const char *name);

#endif
