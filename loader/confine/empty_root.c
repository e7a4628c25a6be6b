/* SPDX-License-Identifier: MIT */
#include "loader/confine/empty_root.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "loader/confine/new_file_system.h"
#include "loader/confine/own_names.h"
#include "loader/exit_status.h"
#include "loader/path_below.h"

static int refuse(struct fx_refusal *why, const char *what)
{
	return fx_refuse(why, FX_EXIT_FAILED, "--only", "%s: %s", what, strerror(errno));
}

/* Not attached to anything yet; -1 and errno. */
static int make_root(void)
{
	static const struct fx_file_system_option options[] = {{"mode", "0755"}};

	return fx_new_file_system("tmpfs", options, 1, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV);
}

/* A private directory is one of the root, and what lies in it as private. */
static bool is_private(const struct fx_view *view, const char *path)
{
	for (size_t i = 0; i < view->grants; i++) {
		if (view->grant[i].kind == FX_GRANT_TMPFS &&
		    fx_path_is_below(path, view->grant[i].path))
			return true;
	}
	return false;
}

/*
 * Of the new one only its name is the old one's, and whether one may write there: what is refused
 * since it is read-only now is then told as a denial, and else it is not.
 */
static int make_directory(int root, const struct fx_view *view, const char *path)
{
	const bool writable = access(path, W_OK) == 0 || is_private(view, path);

	return mkdirat(root, path + 1, writable ? 0755 : 0555) < 0 && errno != EEXIST ? -1 : 0;
}

/* How much two paths have in common, up to a slash: those directories are there already. */
static size_t in_common(const char *path, const char *before)
{
	size_t common = 0;

	for (size_t i = 0; path[i] && path[i] == before[i]; i++)
		common = path[i] == '/' ? i : common;
	return common;
}

/* before: a path whose parents have been made; "". */
static int make_parents(int root, const struct fx_view *view, const char *path, const char *before)
{
	char part[PATH_MAX];

	if (snprintf(part, sizeof(part), "%s", path) >= (int)sizeof(part)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	for (char *slash = strchr(part + in_common(path, before) + 1, '/'); slash;
	     slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		if (make_directory(root, view, part) < 0)
			return -1;
		*slash = '/';
	}
	return 0;
}

/* tree: what will lie there; -1: a private directory, which everybody may write to. */
static int make_place(int root, const struct fx_view *view, const struct fx_grant *grant, int tree,
		      const char *before)
{
	struct stat st = {.st_mode = S_IFDIR};

	/* What is hidden lies in what is seen, or nowhere. */
	if (grant->kind == FX_GRANT_HIDE)
		return 0;
	if ((tree >= 0 && fstat(tree, &st) < 0) ||
	    make_parents(root, view, grant->path, before) < 0)
		return -1;
	if (S_ISDIR(st.st_mode) && make_directory(root, view, grant->path) < 0)
		return -1;
	if (grant->kind == FX_GRANT_TMPFS)
		return fchmodat(root, grant->path + 1, 01777, 0);
	if (S_ISDIR(st.st_mode))
		return 0;
	return mknodat(root, grant->path + 1, S_IFREG | 0644, 0) < 0 && errno != EEXIST ? -1 : 0;
}

static int make_link(int root, const struct fx_view *view, const struct fx_view_link *link,
		     const char *before)
{
	if (make_parents(root, view, link->path, before) < 0)
		return -1;
	return symlinkat(link->target, root, link->path + 1) < 0 && errno != EEXIST ? -1 : 0;
}

/* Neighbours lie in the same directories as a rule. */
static int make_places(int root, const struct fx_view *view, const int *tree)
{
	const char *before = "";

	for (size_t i = 0; i < view->links; i++) {
		if (make_link(root, view, &view->link[i], before) < 0)
			return -1;
		before = view->link[i].path;
	}
	for (size_t i = 0; i < view->grants; i++) {
		if (make_place(root, view, &view->grant[i], tree[i], before) < 0)
			return -1;
		if (view->grant[i].kind != FX_GRANT_HIDE)
			before = view->grant[i].path;
	}
	return 0;
}

/* Where the host has its users. */
static const char lists[] = "/etc";

static int furnish(int root, const struct fx_view *view, const int *tree)
{
	if (make_places(root, view, tree) < 0 ||
	    (access("/", W_OK) < 0 && fchmodat(root, ".", 0555, 0) < 0))
		return -1;
	if (access(lists, F_OK) < 0)
		return 0;
	return make_directory(root, view, lists) < 0 ? -1 : fx_own_names(root);
}

/* Over the old one, which then is the one that is taken away. */
static int change_to(int root)
{
	if (move_mount(root, "", AT_FDCWD, "/", MOVE_MOUNT_F_EMPTY_PATH) < 0 || fchdir(root) < 0 ||
	    syscall(SYS_pivot_root, ".", ".") < 0 || umount2(".", MNT_DETACH) < 0)
		return -1;
	return chdir("/");
}

/* One file system less to make and to take apart than a private directory with its own. */
static int clone_private(const struct fx_view *view, int *tree)
{
	for (size_t i = 0; i < view->grants; i++) {
		if (view->grant[i].kind != FX_GRANT_TMPFS)
			continue;
		tree[i] = open_tree(AT_FDCWD, view->grant[i].path,
				    OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);
		if (tree[i] < 0)
			return -1;
	}
	return 0;
}

int fx_empty_root_enter(const struct fx_view *view, int *tree, struct fx_refusal *why)
{
	mode_t mask = umask(0);
	int root = make_root(), result;

	if (root < 0) {
		umask(mask);
		return refuse(why, "no empty file system can be made");
	}
	result = furnish(root, view, tree);
	umask(mask);
	if (result < 0)
		refuse(why, "an empty root cannot be furnished");
	else if (change_to(root) < 0)
		result = refuse(why, "the root cannot be changed");
	else if (clone_private(view, tree) < 0)
		result = refuse(why, "a private directory cannot be made");
	close(root);
	return result;
}
