/* SPDX-License-Identifier: MIT */
#include "loader/confine/view.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "loader/path_below.h"

/* As Linux has it. */
#define LINKS_FOLLOWED 40

int fx_view_add_link(struct fx_view *view, const char *path, const char *target)
{
	for (size_t i = 0; i < view->links; i++) {
		if (strcmp(view->link[i].path, path) == 0)
			return 0;
	}
	if (view->links == FX_VIEW_LINKS) {
		errno = ENOSPC;
		return -1;
	}
	view->link[view->links].path = strdup(path);
	view->link[view->links].target = strdup(target);
	if (!view->link[view->links].path || !view->link[view->links].target)
		return -1;
	view->links++;
	return 0;
}

static void to_parent(char *path)
{
	char *slash = strrchr(path, '/');

	if (slash)
		*slash = '\0';
}

static int too_long(void)
{
	errno = ENAMETOOLONG;
	return -1;
}

/* Part of what has been followed to its end, and so no link. */
static bool is_plain(const struct fx_view *view, const char *path)
{
	size_t length = strlen(path);

	for (size_t i = 0; i < view->grants; i++) {
		if (strncmp(view->grant[i].path, path, length) == 0 &&
		    view->grant[i].path[length] == '/')
			return true;
	}
	return false;
}

/* One name further; if that is a link, what is left becomes its target and what was left. */
static int step(struct fx_view *view, char real[static PATH_MAX], const char *name, size_t length,
		char rest[static 2 * PATH_MAX])
{
	char target[PATH_MAX], left[2 * PATH_MAX];
	size_t at = strlen(real);
	ssize_t n;

	if (at + 1 + length >= PATH_MAX)
		return too_long();
	snprintf(real + at, PATH_MAX - at, "/%.*s", (int)length, name);
	snprintf(left, sizeof(left), "%s", name + length);
	if (is_plain(view, real)) {
		strcpy(rest, left);
		return 0;
	}
	n = readlink(real, target, sizeof(target) - 1);
	/* What is no link is there. */
	if (n < 0) {
		strcpy(rest, left);
		return errno == EINVAL ? 0 : -1;
	}
	target[n] = '\0';
	if (fx_view_add_link(view, real, target) < 0)
		return -1;
	real[target[0] == '/' ? 0 : at] = '\0';
	if (snprintf(rest, 2 * PATH_MAX, "%s%s", target, left) >= 2 * PATH_MAX)
		return too_long();
	return 1;
}

/* realpath(3) that keeps the links. */
static int follow(struct fx_view *view, const char *path, char real[static PATH_MAX])
{
	char rest[2 * PATH_MAX];
	int links = 0;

	if (strlen(path) >= PATH_MAX)
		return too_long();
	*real = '\0';
	if (*path != '/' && !getcwd(real, PATH_MAX))
		return -1;
	if (strcmp(real, "/") == 0)
		*real = '\0';
	strcpy(rest, path);
	for (char *name = rest + strspn(rest, "/"); *name; name = rest + strspn(rest, "/")) {
		size_t length = strcspn(name, "/");
		bool up = length == 2 && strncmp(name, "..", 2) == 0;
		int linked = 0;

		if (up)
			to_parent(real);
		if (up || (length == 1 && *name == '.'))
			memmove(rest, name + length, strlen(name + length) + 1);
		else
			linked = step(view, real, name, length, rest);
		if (linked < 0)
			return -1;
		links += linked;
		if (links > LINKS_FOLLOWED) {
			errno = ELOOP;
			return -1;
		}
	}
	if (*real == '\0')
		strcpy(real, "/");
	return 0;
}

int fx_view_add(struct fx_view *view, enum fx_grant_kind kind, const char *path)
{
	char real[PATH_MAX];

	if (*path == '\0') {
		errno = ENOENT;
		return -1;
	}
	if (follow(view, path, real) < 0)
		return -1;
	if (view->grants == FX_VIEW_GRANTS) {
		errno = ENOSPC;
		return -1;
	}
	view->grant[view->grants] = (struct fx_grant){kind, strdup(real)};
	if (!view->grant[view->grants].path)
		return -1;
	view->grants++;
	return 0;
}

static int by_place(const void *a, const void *b)
{
	const struct fx_grant *one = a, *other = b;
	int order = strcmp(one->path, other->path);

	/* An outer path is a prefix of the inner ones, so it comes first. */
	return order != 0 ? order : (int)one->kind - (int)other->kind;
}

/* The innermost of what was added before that it lies in decides. */
static bool is_seen(const struct fx_view *view, size_t before, const char *path)
{
	for (size_t i = before; i-- > 0;) {
		const struct fx_grant *outer = &view->grant[i];

		if (fx_path_is_below(path, outer->path))
			return outer->kind != FX_GRANT_TMPFS && outer->kind != FX_GRANT_DEVPTS &&
			       outer->kind != FX_GRANT_HIDE;
	}
	return false;
}

void fx_view_sort(struct fx_view *view)
{
	size_t kept = 0;

	qsort(view->grant, view->grants, sizeof(view->grant[0]), by_place);
	for (size_t i = 0; i < view->grants; i++) {
		const struct fx_grant *grant = &view->grant[i];

		if (grant->kind != FX_GRANT_ONLY || !is_seen(view, kept, grant->path))
			view->grant[kept++] = *grant;
		else
			free((char *)grant->path);
	}
	view->grants = kept;
}
