/* SPDX-License-Identifier: MIT */
/* The table of a run (shim/audit_table.h), found from outside by one of its processes. */
#ifndef LOADER_FIND_TABLE_H
#define LOADER_FIND_TABLE_H

#include <sys/types.h>

#include "loader/refusal.h"
#include "shim/audit_table.h"

/*
 * Maps the table of the run that the process is of which /proc calls pid, to be read and written,
 * and opens the file; the process writes there, too. To be unmapped and closed by the caller. NULL
 * with *why filled: there is no such process, it is another user's, it runs under no fxbox or under
 * one with another table.
 */
struct fx_audit_table *fx_find_table(pid_t pid, int *fd, struct fx_refusal *why);

#endif
