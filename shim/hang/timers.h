/* SPDX-License-Identifier: MIT */
/* Timers of the process's that send signals. */
#ifndef SHIM_HANG_TIMERS_H
#define SHIM_HANG_TIMERS_H

#include <stdbool.h>

/* Whether one of setitimer(2), alarm(2) or timer_create(2) is armed. May open a file for it. */
bool fx_timers_armed(void);

#endif
