/* SPDX-License-Identifier: MIT */
#include "loader/confine/view.h"

#include <errno.h>
#include <limits.h>
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

/* Has been followed to its end, or is on the way there, and so no link. */
static bool is_plain(const struct fx_view *view, const char *path)
{
	size_t length = strlen(path);

	for (size_t i = 0; i < view->grants; i++) {
		const char *known = view->grant[i].path;

		if (strncmp(known, path, length) == 0 &&
		    (known[length] == '/' || known[length] == '\0'))
			return true;
	}
	return false;
}

/* What a link leads to, if this is one: its length; 0: it is there, and none. -1 and errno. */
static ssize_t read_link(struct fx_view *view, const char *path, char target[static PATH_MAX])
{
	ssize_t n = is_plain(view, path) ? 0 : readlink(path, target, PATH_MAX - 1);

	if (n < 0)
		return errno == EINVAL ? 0 : -1;
	target[n] = '\0';
	return n > 0 && fx_view_add_link(view, path, target) < 0 ? -1 : n;
}

/* What is left of a path, and where in it one is. */
struct rest {
	const char *at;
	char text[2 * PATH_MAX];
};

/* Paths are followed from several depths of the stack, each of which would be pages of its own. */
static struct {
	char real[PATH_MAX];
	char target[PATH_MAX];
	struct rest rest;
} follows;

/* One name further; if that is a link, what is left becomes its target and what was left. */
static int step(struct fx_view *view, char real[static PATH_MAX], size_t length, struct rest *rest)
{
	char *target = follows.target;
	size_t at = strlen(real), left;
	ssize_t n;

	if (at + 1 + length >= PATH_MAX)
		return too_long();
	real[at] = '/';
	memcpy(real + at + 1, rest->at, length);
	real[at + 1 + length] = '\0';
	rest->at += length;
	n = read_link(view, real, target);
	if (n <= 0)
		return (int)n;
	left = strlen(rest->at) + 1;
	if ((size_t)n + left > sizeof(rest->text))
		return too_long();
	memmove(rest->text + n, rest->at, left);
	memcpy(rest->text, target, (size_t)n);
	rest->at = rest->text;
	real[target[0] == '/' ? 0 : at] = '\0';
	return 1;
}

/* realpath(3) that keeps the links. */
static int follow(struct fx_view *view, const char *path, char real[static PATH_MAX])
{
	struct rest *rest = &follows.rest;
	int links = 0;

	if (strlen(path) >= PATH_MAX)
		return too_long();
	*real = '\0';
	if (*path != '/' && !getcwd(real, PATH_MAX))
		return -1;
	if (strcmp(real, "/") == 0)
		*real = '\0';
	strcpy(rest->text, path);
	rest->at = rest->text;
	while (*(rest->at += strspn(rest->at, "/"))) {
		size_t length = strcspn(rest->at, "/");
		bool up = length == 2 && strncmp(rest->at, "..", 2) == 0;
		int linked = 0;

		if (up)
			to_parent(real);
		if (up || (length == 1 && *rest->at == '.'))
			rest->at += length;
		else
			linked = step(view, real, length, rest);
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
	char *real = follows.real;

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
