/* SPDX-License-Identifier: MIT */
/*
 * Files that fxbox writes for its user, where a confined program may have been before: what it
 * left there is not to lead to another file.
 */
#ifndef LOADER_OUTPUT_H
#define LOADER_OUTPUT_H

#include <stdbool.h>

/*
 * open(2) for writing, kept over an exec; "-" is a duplicate of standard output. A symbolic link is
 * followed only in /dev and /proc, where nobody left it. A descriptor, or -1 and errno: ELOOP if
 * it is such a link.
 */
int fx_output_open(const char *path, int flags);

/* What errno says of fx_output_open, in words that say what to do. */
const char *fx_output_error(void);

/*
 * Whether the way to the file leads through `below`, an absolute path without links: whoever may
 * write there can put another file in its place.
 */
bool fx_output_passes(const char *path, const char *below);

#endif
