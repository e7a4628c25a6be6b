/* SPDX-License-Identifier: MIT */
/*
 * Names of C++ and Rust as they are written. The C++ library's own function does it, if that
 * library is there; fxbox-report is not linked with it, for a machine need not have it.
 */
#ifndef LOADER_REPORT_THREADS_DEMANGLE_H
#define LOADER_REPORT_THREADS_DEMANGLE_H

#include <stddef.h>

/* Looks for the library: before fx_read_only, which allows no more code to be mapped. */
void fx_demangle_open(void);

/* The name, cut to size; as it stands in the symbol table if it is none of these or cannot be read.
 */
void fx_demangle(const char *symbol, char *out, size_t size);

#endif
