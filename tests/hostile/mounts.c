/* SPDX-License-Identifier: MIT */
/* Changes mounts, in namespaces of its own if it can have them. */
#include <sched.h>
#include <sys/mount.h>
#include "tests/hostile/hostile.h"

bool attack(void)
{
	struct mount_attr writable = {.attr_clr = MOUNT_ATTR_RDONLY};

	attempt(SYS_unshare, CLONE_NEWUSER | CLONE_NEWNS);
	return attempt(SYS_mount, "none", "/tmp", "tmpfs", 0, 0) == 0 ||
	       attempt(SYS_mount, 0, "/", 0, MS_REMOUNT | MS_BIND, 0) == 0 ||
	       attempt(SYS_mount_setattr, AT_FDCWD, "/", 0, &writable, sizeof(writable)) == 0 ||
	       attempt(SYS_umount2, "/dev/shm", MNT_DETACH) == 0 ||
	       attempt(SYS_open_tree, AT_FDCWD, "/", OPEN_TREE_CLONE) >= 0 ||
	       attempt(SYS_fsopen, "tmpfs", 0) >= 0 || attempt(SYS_pivot_root, "/tmp", "/tmp") == 0;
}
