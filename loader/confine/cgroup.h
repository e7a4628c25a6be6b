/* SPDX-License-Identifier: MIT */
/*
 * Limits of a whole run, which are those of a cgroup (version 2) that it is made for it. That takes
 * a cgroup above this process's own, or that one, in which directories can be made and whose
 * controllers are handed on: as root, or where a part of the tree was delegated to the user.
 */
#ifndef LOADER_CONFINE_CGROUP_H
#define LOADER_CONFINE_CGROUP_H

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>

#include "loader/refusal.h"

struct fx_cgroup_limits {
	uint64_t memory; /* bytes, none of them swapped out; 0: as many as there are */
	uint64_t tasks;	 /* processes and threads; 0 likewise */
};

/*
 * Finds where a cgroup with such limits could be made: the nearest to this process's own. proc:
 * where /proc is mounted. 0 with the directory in place, or -1 with *why filled. Reads files.
 */
int fx_cgroup_find(const struct fx_cgroup_limits *limits, const char *proc,
		   char place[static PATH_MAX], struct fx_refusal *why);

/*
 * Makes one in that place, named after this process, with the limits; what an earlier process of
 * that number has left there, empty, is taken away. 0 with its directory in path, or -1 with *why
 * filled and nothing left.
 */
int fx_cgroup_make(const struct fx_cgroup_limits *limits, const char *place,
		   char path[static PATH_MAX], struct fx_refusal *why);

/* Moves this process there. 0, or -1 with *why filled. */
int fx_cgroup_enter(const char *path, struct fx_refusal *why);

/*
 * When all of the run has ended: prints a line on the descriptor for each limit that was reached,
 * if tell, and takes the cgroup away; a line if that cannot be done. May block on the descriptor.
 */
void fx_cgroup_end(const char *path, bool tell, int fd);

/*
 * Calls with each place where a file system of cgroups is mounted, until it does not return 0.
 * Returns that, or -1 and errno if proc says nothing.
 */
int fx_cgroup_mounts(const char *proc, int (*each)(void *context, const char *place),
		     void *context);

#endif
