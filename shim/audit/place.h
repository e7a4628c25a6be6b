/* SPDX-License-Identifier: MIT */
/* What a call named by a path, looked at once more for the text of a report. */
#ifndef SHIM_AUDIT_PLACE_H
#define SHIM_AUDIT_PLACE_H

#include <stdbool.h>

/* Longer ones are not told. */
#define FX_PLACE_PATH 1024

/* A directory and a name below it, both in own memory. */
struct fx_place {
	int dirfd;
	char path[FX_PLACE_PATH];
};

/* Cuts the last name off; what is left is "." or "/" if there was no more. */
void fx_place_to_parent(char *path);

/* The absolute path of something that is there. Takes a descriptor for the moment. */
bool fx_place_resolve(const struct fx_place *p, char out[static FX_PLACE_PATH]);

/* false: no room, and the path is as it was. */
bool fx_place_append(char path[static FX_PLACE_PATH], const char *name);

#endif
