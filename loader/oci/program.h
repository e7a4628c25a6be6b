/* SPDX-License-Identifier: MIT */
/* Whether a container's program is there, as far as that can be known before there is the
 * container. */
#ifndef LOADER_OCI_PROGRAM_H
#define LOADER_OCI_PROGRAM_H

#include <json-c/json.h>

#include "loader/refusal.h"

/*
 * Engines tell people, and some end with 127, by the words of the runtime when it does not find the
 * program; with fxbox in its place it always does. root: the root file system, open. -1 with *why
 * in those words if the program of the document, which was checked, cannot be there: nowhere in it,
 * and where it is sought neither a mount nor a link could show another file. 0: it is there, or may
 * be.
 */
int fx_oci_program_check(struct json_object *config, int root, struct fx_refusal *why);

#endif
