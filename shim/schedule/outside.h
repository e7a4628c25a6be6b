/* SPDX-License-Identifier: MIT */
/* What the process cannot foresee: whether anybody but its own threads may let one of them go on.
 */
#ifndef SHIM_SCHEDULE_OUTSIDE_H
#define SHIM_SCHEDULE_OUTSIDE_H

#include <stdbool.h>
#include <stdint.h>

struct fx_pollfd;

/* Notes which files the program was started with. */
void fx_outside_init(void);

/* A child was made, or somebody else runs in our memory; and whether there is any now. */
void fx_outside_process_made(void);
bool fx_outside_processes(void);

/* A timer of the host's was set; and whether one is armed. */
void fx_outside_timer_set(void);
bool fx_outside_timers(void);

/*
 * Whether another process could make one of the descriptors ready: all that the program was
 * started with, that has a name, or that leads to a network. A pipe of the program's own, until
 * it makes a process, is nobody else's.
 */
bool fx_outside_reaches(const struct fx_pollfd *fds, unsigned count);

#endif
