/* SPDX-License-Identifier: MIT */
/* Lines of source for places in files, where they have DWARF or a file of it by their build ID. */
#ifndef LOADER_REPORT_SOURCE_LINE_H
#define LOADER_REPORT_SOURCE_LINE_H

#include <stdbool.h>
#include <stddef.h>

#define FX_LINE_TEXT 600 /* room for one; what is longer is cut */

/* Of a site as in the log, "FILE+0xOFFSET": "dir/file.c:12"; false if it is not known. */
bool fx_source_line(const char *site, char *out, size_t size);

#endif
