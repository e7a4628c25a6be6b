/* SPDX-License-Identifier: MIT */
/* The runtime that does the work, runc or crun; and fxbox, which it mounts. */
#ifndef LOADER_OCI_RUNTIME_H
#define LOADER_OCI_RUNTIME_H

#include <json-c/json.h>
#include <limits.h>

#include "loader/refusal.h"

/* name: a path, or sought in PATH; NULL: runc, or else crun. 0, or -1 with *why. */
int fx_oci_runtime_find(const char *name, char path[static PATH_MAX], struct fx_refusal *why);

/* chosen: a path, or NULL: beside this program. 0, or -1 with *why. */
int fx_oci_fxbox_find(const char *chosen, char path[static PATH_MAX], struct fx_refusal *why);

/* argv[0] becomes the path. Returns -1 with *why if it cannot be executed. */
int fx_oci_runtime_become(const char *path, char **argv, struct fx_refusal *why);

/*
 * What the runtime says of a container: `state`, with what stood before the command, of which there
 * are so many words. The document is the caller's to put; NULL: it says nothing, and *why is
 * filled.
 */
struct json_object *fx_oci_runtime_state(const char *path, char **argv, int globals, const char *id,
					 struct fx_refusal *why);

#endif
