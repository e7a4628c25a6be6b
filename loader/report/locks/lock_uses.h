/* SPDX-License-Identifier: MIT */
/* From where a lock was waited for, and from where it was let go, by time. */
#ifndef LOADER_REPORT_LOCKS_LOCK_USES_H
#define LOADER_REPORT_LOCKS_LOCK_USES_H

#include <stddef.h>
#include <stdint.h>

#include "loader/report/locks/locks.h"

/* Waits of one lock with the same path: of those who waited, or of those who ended their waits. */
struct fx_lock_use {
	size_t lock;
	const struct fx_lock_path *path; /* NULL: not told */
	uint64_t waits;
	int64_t us;
};

enum fx_lock_side { FX_LOCK_WAITED, FX_LOCK_LET_GO };

/* All, those of a lock beside each other, the most time first. The caller's, to be freed. */
struct fx_lock_use *fx_lock_uses(const struct fx_locks *l, enum fx_lock_side side, size_t *uses);

#endif
