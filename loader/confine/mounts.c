/* SPDX-License-Identifier: MIT */
/*
 * Read-only is set on all mounts at once and never cleared: clearing it on a
 * whole tree would also free mounts that were read-only before, and fails on
 * one that is locked. Instead each granted tree is cloned before, while it is as the host
 * has it, and the clone is laid over its own path.
 */
#include "loader/confine/mounts.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "loader/confine/empty_root.h"
#include "loader/exit_status.h"
#include "loader/path_below.h"

static const struct mount_attr read_only = {.attr_set = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID};

static int refuse(struct fx_refusal *why, const char *path, const char *what)
{
	return fx_refuse(why, FX_EXIT_FAILED, path, "%s: %s", what, strerror(errno));
}

static int set_read_only(int fd, const char *path, unsigned int flags)
{
	struct mount_attr attr = read_only;

	return mount_setattr(fd, path, flags, &attr, sizeof(attr));
}

/* What is laid over the root is not seen by those who have it already. */
static bool is_root(const struct fx_grant *grant)
{
	return strcmp(grant->path, "/") == 0;
}

static bool root_is_writable(const struct fx_grant *grant, size_t grants)
{
	for (size_t i = 0; i < grants; i++) {
		if (is_root(&grant[i]) && grant[i].kind == FX_GRANT_RW)
			return true;
	}
	return false;
}

/*
 * The path has no links, or somebody has put one there since it was resolved: a program of an
 * earlier run, say, that may write there. -1 and errno.
 */
static int clone_path(const char *path)
{
	struct open_how how = {.flags = O_PATH | O_CLOEXEC, .resolve = RESOLVE_NO_SYMLINKS};
	int place = (int)syscall(SYS_openat2, AT_FDCWD, path, &how, sizeof(how));
	int tree, error;

	if (place < 0)
		return -1;
	tree = open_tree(place, "",
			 OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_RECURSIVE | AT_EMPTY_PATH);
	error = errno;
	close(place);
	errno = error;
	return tree;
}

/* The tree as it is now, or -1: nothing to clone for this kind, which is no error. */
static int clone_tree(const struct fx_view *view, const struct fx_grant *grant, int *tree,
		      struct fx_refusal *why)
{
	*tree = grant->kind == FX_GRANT_DEVPTS ? view->devpts : -1;
	if (grant->kind == FX_GRANT_TMPFS || grant->kind == FX_GRANT_DEVPTS ||
	    grant->kind == FX_GRANT_HIDE || is_root(grant))
		return 0;
	*tree = clone_path(grant->path);
	return *tree < 0 ? refuse(why, grant->path, "cannot be granted") : 0;
}

static bool is_only_seen(const struct fx_grant *grant)
{
	return grant->kind == FX_GRANT_ONLY || grant->kind == FX_GRANT_RO ||
	       grant->kind == FX_GRANT_UNIX;
}

/*
 * On a root with nothing in it, what is only to be seen and lies in nothing else becomes read-only
 * with the root, by one call. All others are laid afterwards, and made so each by itself.
 */
static bool goes_with_root(const struct fx_view *view, size_t which, bool only)
{
	const struct fx_grant *grant = &view->grant[which];

	if (!only || !is_only_seen(grant))
		return false;
	for (size_t i = 0; i < which; i++) {
		if (!is_only_seen(&view->grant[i]) &&
		    fx_path_is_below(grant->path, view->grant[i].path))
			return false;
	}
	return true;
}

/* A place to mount on, where a private directory lies over the real one. */
static int make_place(const char *path, bool directory)
{
	char part[PATH_MAX];

	snprintf(part, sizeof(part), "%s", path);
	for (char *slash = strchr(part + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		if (mkdir(part, 0755) < 0 && errno != EEXIST && errno != EROFS)
			return -1;
		*slash = '/';
	}
	if (directory)
		return mkdir(path, 0755);

	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);

	return fd < 0 ? -1 : close(fd);
}

static int lay_tree(int tree, const char *path)
{
	return move_mount(tree, "", AT_FDCWD, path, MOVE_MOUNT_F_EMPTY_PATH);
}

static int attach(const struct fx_grant *grant, int tree, bool with_root, struct fx_refusal *why)
{
	struct stat st;

	if (!with_root && is_only_seen(grant) &&
	    set_read_only(tree, "", AT_EMPTY_PATH | AT_RECURSIVE) < 0)
		return refuse(why, grant->path, "cannot be made read-only");
	if (lay_tree(tree, grant->path) == 0)
		return 0;
	if (errno != ENOENT || fstat(tree, &st) < 0 ||
	    make_place(grant->path, S_ISDIR(st.st_mode)) < 0 || lay_tree(tree, grant->path) < 0)
		return refuse(why, grant->path, "cannot be granted");
	return 0;
}

static int hide(const char *path, struct fx_refusal *why)
{
	struct stat st;
	int result = stat(path, &st);

	if (result < 0 && errno == ENOENT)
		return 0; /* hidden already, by what lies over it */
	if (result == 0 && S_ISDIR(st.st_mode))
		result = mount("tmpfs", path, "tmpfs", MS_NOSUID | MS_NODEV, "mode=0755");
	else if (result == 0)
		result = mount("/dev/null", path, NULL, MS_BIND, NULL);
	return result < 0 ? refuse(why, path, "cannot be hidden") : 0;
}

static int place(const struct fx_grant *grant, int tree, bool with_root, struct fx_refusal *why)
{
	switch (grant->kind) {
	case FX_GRANT_TMPFS:
		if (tree >= 0)
			return attach(grant, tree, with_root, why);
		if (mount("tmpfs", grant->path, "tmpfs", MS_NOSUID | MS_NODEV, "mode=1777") < 0)
			return refuse(why, grant->path, "cannot be made private");
		return 0;
	case FX_GRANT_HIDE:
		return hide(grant->path, why);
	default:
		return tree < 0 ? 0 : attach(grant, tree, with_root, why);
	}
}

/* Only at the end, for what is granted inside needed a place to lie on. */
static int close_hidden(const struct fx_grant *grant, size_t grants, struct fx_refusal *why)
{
	for (size_t i = 0; i < grants; i++) {
		bool covered = i + 1 < grants && strcmp(grant[i + 1].path, grant[i].path) == 0;

		if (grant[i].kind != FX_GRANT_HIDE || covered)
			continue;
		if (set_read_only(AT_FDCWD, grant[i].path, 0) < 0 && errno != ENOENT)
			return refuse(why, grant[i].path, "cannot be hidden");
	}
	return 0;
}

/* Those that become read-only with the root, or all others. */
static int lay(const struct fx_view *view, const int *tree, bool only, bool with_root,
	       struct fx_refusal *why)
{
	for (size_t i = 0; i < view->grants; i++) {
		if (goes_with_root(view, i, only) == with_root &&
		    place(&view->grant[i], tree[i], with_root, why) < 0)
			return -1;
	}
	return 0;
}

/* What is seen without a grant can at least not be written. */
static int make_rest_read_only(const struct fx_view *view, struct fx_refusal *why)
{
	if (root_is_writable(view->grant, view->grants) ||
	    set_read_only(AT_FDCWD, "/", AT_RECURSIVE) == 0)
		return 0;
	return refuse(why, "/", "cannot be made read-only");
}

static int lay_all(const struct fx_view *view, int *tree, bool only, struct fx_refusal *why)
{
	if ((only &&
	     (fx_empty_root_enter(view, tree, why) < 0 || lay(view, tree, only, true, why) < 0)) ||
	    make_rest_read_only(view, why) < 0 || lay(view, tree, only, false, why) < 0)
		return -1;
	return close_hidden(view->grant, view->grants, why);
}

int fx_mounts_build(const struct fx_view *view, bool only, bool *new_proc, struct fx_refusal *why)
{
	int tree[FX_VIEW_GRANTS];
	size_t cloned = 0;
	int result = 0;

	if (*new_proc && mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL) < 0)
		*new_proc = false;
	while (result == 0 && cloned < view->grants) {
		result = clone_tree(view, &view->grant[cloned], &tree[cloned], why);
		cloned++;
	}
	if (result == 0)
		result = lay_all(view, tree, only, why);
	while (cloned-- > 0) {
		if (tree[cloned] >= 0)
			close(tree[cloned]);
	}
	return result;
}
