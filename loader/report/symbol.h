/* SPDX-License-Identifier: MIT */
/* Names for places in files, read when the log is: the program that made it is gone. */
#ifndef LOADER_REPORT_SYMBOL_H
#define LOADER_REPORT_SYMBOL_H

#include <libelf.h>
#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Of a site as in the log ("FILE+0xOFFSET"): "symbol+0x1d", from the file's
 * symbol tables. False if the file is not there, is none, or has no symbol for
 * it. The file should be the one that ran; nothing can check that.
 */
bool fx_symbol_of_site(const char *site, char *out, size_t size);

/* The file of a site, and the offset of the instruction in it. */
bool fx_site_parse(const char *site, char path[static PATH_MAX], uint64_t *offset);
/* That file, if it is a regular one; -1 if not. The caller closes it. */
int fx_site_open(const char *path);
/* The log has offsets into the file, symbols and lines have addresses. */
bool fx_site_address(Elf *elf, uint64_t offset, uint64_t *address);

#endif
