/* SPDX-License-Identifier: MIT */
/* What an atomic instruction does to a lock, by the functions that it is in. */
#ifndef LOADER_REPORT_LOCK_SITE_H
#define LOADER_REPORT_LOCK_SITE_H

#include <stdbool.h>
#include <stdint.h>

#include "loader/report/threads/modules.h"

/*
 * "lock": waits for a mutex until it has it; "try": takes it or does not; "unlock"; the same of
 * reader-writer locks: "read", "write", "tryread", "trywrite", "rwunlock". "count": where a C
 * library makes threads and counts them. "inner": in the C library, in a function without a name,
 * or one that others of these call; "bare": elsewhere without a name; "other": in a function that
 * is none of these. Lives for ever.
 */
const char *fx_lock_site(struct fx_modules *m, uint64_t address);

/* Whether the function there, as the symbol table has it, is one of those that lock. */
bool fx_lock_function(struct fx_modules *m, uint64_t address);

#endif
