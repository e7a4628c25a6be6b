/* SPDX-License-Identifier: MIT */
/* The table that all processes of a run share (shim/audit_table.h), from inside. */
#ifndef SHIM_AUDIT_SHARED_TABLE_H
#define SHIM_AUDIT_SHARED_TABLE_H

#include <stdbool.h>
#include <stdint.h>

#include "shim/audit_table.h"

/* Maps FX_FD_AUDIT; before the guest runs. Returns 0 or -errno. */
int fx_shared_table_init(void);

/* The guest may write there. */
struct fx_audit_table *fx_shared_table(void);

/*
 * The slot of this hash, with one more counted; -1, and one more dropped, if there is none.
 * *first: it is new, whatever process asked.
 */
int fx_shared_table_slot(uint64_t hash, uint32_t nr, uint64_t sub, const char *text, bool *first);
/* Notes that the slot, -1 for none, stands for more than its text says, if this is another. */
void fx_shared_table_other(int slot, const char *text);

/* A path that was looked for, by its hash; counted alone, if it is long or there are many. */
void fx_shared_table_not_there(uint64_t hash, const char *path);

/* So many more in a slot; dropped, if it is -1. */
void fx_shared_table_count(int slot, uint64_t times);

/* So many lines of log or trace could not be written; error is the last one's, -errno or 0. */
void fx_shared_table_lost(uint64_t lines, long error);

/* Whether the table has something to tell, of whatever process. */
bool fx_shared_table_any(void);

/* Whether a path lies on a mount that was read-only before confinement, or may do so. */
bool fx_shared_table_read_only(const char *path);

#endif
