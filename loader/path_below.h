/* SPDX-License-Identifier: MIT */
#ifndef LOADER_PATH_BELOW_H
#define LOADER_PATH_BELOW_H

#include <stdbool.h>
#include <string.h>

/* Whether a path is another or lies below it: both absolute and without links. */
static inline bool fx_path_is_below(const char *path, const char *outer)
{
	size_t length = strcmp(outer, "/") == 0 ? 0 : strlen(outer);

	return strncmp(path, outer, length) == 0 && (path[length] == '/' || path[length] == '\0');
}

#endif
