/* SPDX-License-Identifier: MIT */
/* Records of a process's beginning and end. No-ops without --log. */
#ifndef SHIM_AUDIT_LIFECYCLE_H
#define SHIM_AUDIT_LIFECYCLE_H

#include <stdbool.h>
#include <stdint.h>

/* stack: the new program's, at argc; nothing has run on it yet. */
void fx_lifecycle_start(const char *exe, uintptr_t stack, bool first);
/* Writes `count` records for what was repeated, `calls`, and `exit`. */
void fx_lifecycle_exit(int status, int signal);
/* The same without `exit`, before a program is executed: its counters go. */
void fx_lifecycle_counts(void);

#endif
