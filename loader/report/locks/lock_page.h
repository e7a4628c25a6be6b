/* SPDX-License-Identifier: MIT */
/* Locks by the time that was waited for them: a section of the page. */
#ifndef LOADER_REPORT_LOCKS_LOCK_PAGE_H
#define LOADER_REPORT_LOCKS_LOCK_PAGE_H

#include <stdio.h>

#include "loader/report/locks/locks.h"

/* Nothing, if the log tells of no long waits. */
void fx_lock_page_put(const struct fx_locks *l, FILE *out);

#endif
