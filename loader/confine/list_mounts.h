/* SPDX-License-Identifier: MIT */
/* Which mounts of this namespace are read-only, by themselves or by their file system. */
#ifndef LOADER_CONFINE_LIST_MOUNTS_H
#define LOADER_CONFINE_LIST_MOUNTS_H

#include <stdbool.h>

/* Is told of a mount by its place below the root; false: no more of them. */
typedef bool fx_mount_told(void *context, const char *place);

/*
 * Both tell of the same mounts: those that can be seen from the root. The first asks by system
 * calls, which Linux has since 6.8, at less than half of the cost; the second reads
 * /proc/self/mountinfo. 0, or -1 and errno: then some may have been told.
 */
int fx_read_only_mounts_by_calls(fx_mount_told *tell, void *context);
int fx_read_only_mounts_by_proc(fx_mount_told *tell, void *context);

#endif
