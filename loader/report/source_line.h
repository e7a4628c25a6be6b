/* SPDX-License-Identifier: MIT */
/* Lines of source for places in files, where they have DWARF or a file of it by their build ID. */
#ifndef LOADER_REPORT_SOURCE_LINE_H
#define LOADER_REPORT_SOURCE_LINE_H

#include <elfutils/libdw.h>
#include <stdbool.h>
#include <stddef.h>

#define FX_LINE_TEXT 600 /* room for one; what is longer is cut */

/* Of a site as in the log, "FILE+0xOFFSET": "dir/file.c:12"; false if it is not known. */
bool fx_source_line(const char *site, char *out, size_t size);

/* The same; but of functions of a language's library that were inlined there, where they were
 * called. False also if all of it is such a library's. */
bool fx_source_line_own(const char *site, char *out, size_t size);

/* Whether a source file is of a language's library, which nobody changes who looks for a mistake.
 */
bool fx_source_is_library(const char *file);

/* Of an address in DWARF: its unit; and file, which lives as long as the DWARF, and line. */
bool fx_unit_of(Dwarf *dwarf, Dwarf_Addr address, Dwarf_Die *unit);
#define FX_SCOPES_MOST 48 /* nested in one another */
/* How many functions, inlined ones and blocks are around an address; innermost first. */
int fx_scopes_of(Dwarf_Die *unit, Dwarf_Addr address, Dwarf_Die scope[FX_SCOPES_MOST]);
bool fx_line_of(Dwarf *dwarf, Dwarf_Addr address, const char **file, int *line);
/* Where an inlined function was called, which is where its caller stands. */
bool fx_inlined_call(Dwarf_Die *unit, Dwarf_Die *inlined, const char **file, int *line);

#define FX_DEBUG_PATH 256 /* room for the next one */
/* Where distributions put what was stripped from the file with this build ID; false: too long. */
bool fx_debug_path(const unsigned char *id, size_t length, char *path, size_t size);

#endif
