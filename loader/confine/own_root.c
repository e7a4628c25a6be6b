/* SPDX-License-Identifier: MIT */
#include "loader/confine/own_root.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

static int make_private(const char *path)
{
	return mount(NULL, path, NULL, MS_REC | MS_PRIVATE, NULL);
}

static int look(struct statx *at)
{
	return statx(AT_FDCWD, ".", 0, STATX_INO | STATX_MNT_ID, at);
}

/* Up to the root of the namespace; where that is, ".." leads nowhere else. */
static int climb(void)
{
	struct statx here, above;

	do {
		if (look(&here) < 0 || chdir("..") < 0 || look(&above) < 0)
			return -1;
	} while (here.stx_mnt_id != above.stx_mnt_id || here.stx_ino != above.stx_ino);
	return 0;
}

/*
 * Only the root of a mount has a propagation that can be set, and the mount that a
 * directory of a chroot lies in has its root outside. From a root elsewhere, a directory
 * of the old one is outside, and ".." leads up from there.
 */
static int make_all_private(int root, int elsewhere)
{
	return fchdir(elsewhere) < 0 || chroot(".") < 0 || fchdir(root) < 0 || climb() < 0 ||
			       make_private(".") < 0
		       ? -1
		       : 0;
}

/* A clone of what is to be seen, laid over the directory and made the root. */
static int replace_root(int root, int clone)
{
	if (make_all_private(root, clone) < 0 ||
	    move_mount(clone, "", root, "", MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH) <
		    0 ||
	    fchdir(clone) < 0 || chroot(".") < 0)
		return -1;
	return make_private("/");
}

int fx_own_root(void)
{
	int root, clone, result;

	if (make_private("/") == 0)
		return 0;
	if (errno != EINVAL)
		return -1;
	root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	clone = open_tree(AT_FDCWD, "/", OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_RECURSIVE);
	result = root < 0 || clone < 0 ? -1 : replace_root(root, clone);
	/* Halfway there is no way back: the old root is the least that must stand again. */
	if (result < 0 && root >= 0) {
		int error = errno;

		if (fchdir(root) < 0 || chroot(".") < 0)
			_exit(125);
		errno = error;
	}
	if (clone >= 0)
		close(clone);
	if (root >= 0)
		close(root);
	return result;
}
