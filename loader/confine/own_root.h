/* SPDX-License-Identifier: MIT */
/* A root whose mounts are ours alone, also where the root is no mount point (in any chroot). */
#ifndef LOADER_CONFINE_OWN_ROOT_H
#define LOADER_CONFINE_OWN_ROOT_H

/*
 * In a new mount namespace: no mount of it hears of the namespace it was copied from, nor the
 * other way round, and "/" is the root of a mount. Leaves the current directory at "/" where
 * the root had to be replaced. 0, or -1 with errno.
 */
int fx_own_root(void);

#endif
