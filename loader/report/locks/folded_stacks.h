/* SPDX-License-Identifier: MIT */
/* fxbox audit stacks: call paths of waits as lines `main;f;pthread_mutex_lock 1234`. */
#ifndef LOADER_REPORT_LOCKS_FOLDED_STACKS_H
#define LOADER_REPORT_LOCKS_FOLDED_STACKS_H

#include <stdio.h>

#include "loader/report/locks/locks.h"

/* A line for each path, outermost function first, with the microseconds that were waited there. */
void fx_folded_stacks_put(const struct fx_locks *l, FILE *out);

#endif
