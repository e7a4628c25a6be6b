/* SPDX-License-Identifier: MIT */
/* Names for places in files, read when the log is: the program that made it is gone. */
#ifndef LOADER_REPORT_SYMBOL_H
#define LOADER_REPORT_SYMBOL_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Of a site as in the log ("FILE+0xOFFSET"): "symbol+0x1d", from the file's
 * symbol tables. False if the file is not there, is none, or has no symbol for
 * it. The file should be the one that ran; nothing can check that.
 */
bool fx_symbol_of_site(const char *site, char *out, size_t size);

#endif
