/* SPDX-License-Identifier: MIT */
/* The log of a container: a file of the host's, which is mounted into it. */
#ifndef LOADER_OCI_CONTAINER_LOG_H
#define LOADER_OCI_CONTAINER_LOG_H

#include <limits.h>

#include "loader/refusal.h"

/*
 * Makes DIRECTORY/ID.jsonl if it is not there, and the directory if that is not; its name in *path.
 * Whoever the container's program runs as may write it, and nobody but root read it; what keeps
 * others of the host away is the directory. 0, or -1 with *why: also if the id is none that a file
 * can have.
 */
int fx_oci_log_make(const char *directory, const char *id, char path[static PATH_MAX],
		    struct fx_refusal *why);

#endif
