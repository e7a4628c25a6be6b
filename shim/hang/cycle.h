/* SPDX-License-Identifier: MIT */
/* Threads that wait for each other in a circle, while others of the process go on. */
#ifndef SHIM_HANG_CYCLE_H
#define SHIM_HANG_CYCLE_H

#include <stdbool.h>
#include <stdint.h>

struct fx_thread;

/*
 * How many threads there are in the circle that t, which is about to sleep without a deadline,
 * would close, or 0: it waits for a thread that sleeps without a deadline for another, and so on to
 * t itself. *seen: a number that is another one if any of them has been awake since. A guess, as
 * owner.h has it.
 */
unsigned fx_cycle_closes(const struct fx_thread *t, uint64_t *seen);

/* The circle has stood still: tells, a few times in the life of a process. Blocks meanwhile. */
void fx_cycle_tell(struct fx_thread *t);

void fx_cycle_after_fork(void);

#endif
