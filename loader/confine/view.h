/* SPDX-License-Identifier: MIT */
/*
 * What a run is to see and may write, as absolute paths without links, and the links that lead
 * there by the names that people and programs use. Gathered while the file system is still
 * as the host has it.
 */
#ifndef LOADER_CONFINE_VIEW_H
#define LOADER_CONFINE_VIEW_H

#include <stddef.h>

#include "loader/confine/policy.h"
#include "loader/refusal.h"

#define FX_VIEW_GRANTS (FX_GRANTS_MAX + 64)
#define FX_VIEW_LINKS  256

/* A symbolic link on the way to something. */
struct fx_view_link {
	const char *path;
	const char *target;
};

/* Its strings live as long as the process. */
struct fx_view {
	size_t grants, links; /* beside the first of each: they lie on few pages */
	int devpts;	      /* of FX_GRANT_DEVPTS: to be attached there; owned by who lays it */
	struct fx_grant grant[FX_VIEW_GRANTS];
	struct fx_view_link link[FX_VIEW_LINKS];
};

/*
 * Adds a path, relative ones to the current directory, with all links on the way. 0, or -1 and
 * errno: as realpath(3), and ENOSPC if there is no more room.
 */
int fx_view_add(struct fx_view *view, enum fx_grant_kind kind, const char *path);

/* A link that is there whether the host has it or not. 0, or -1 and ENOSPC. */
int fx_view_add_link(struct fx_view *view, const char *path, const char *target);

/* Outer paths before those below them; of the same path, what is private before what is granted.
 * What is only to be seen, and is by what it lies in, is left out. */
void fx_view_sort(struct fx_view *view);

#endif
