/* SPDX-License-Identifier: MIT */
/*
 * How many processors a program with a schedule sees: always the same, so that it makes as many
 * threads on each machine, and also where its run has one processor only.
 */
#ifndef SHIM_SCHEDULE_PROCESSORS_H
#define SHIM_SCHEDULE_PROCESSORS_H

/* sched_getaffinity(2), by its arguments: four. */
long fx_processors_tell(long pid, long size, long mask);

/* sched_setaffinity(2): nothing is done, for one thread runs at a time anyway. */
long fx_processors_set(long size, long mask);

#endif
