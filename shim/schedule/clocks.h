/* SPDX-License-Identifier: MIT */
/* Time and chance as the program sees them: the schedule's, and the seed's. Inside schedule/. */
#ifndef SHIM_SCHEDULE_CLOCKS_H
#define SHIM_SCHEDULE_CLOCKS_H

#include <stdbool.h>
#include <stdint.h>

#include "manager/platform.h"

#define FX_NS_PER_SEC 1000000000UL

/* What a clock shows, in nanoseconds; of what a thread or a process works, the whole time. */
uint64_t fx_clock_shows(long clock, uint64_t now_ns);
/* The moment of the schedule at which a clock shows this. */
uint64_t fx_clock_moment(long clock, uint64_t shown_ns);

/* clock_gettime(2), gettimeofday(2), time(2), times(2), getrusage(2), sysinfo(2), getcpu(2). */
long fx_clock_tell(long nr, long a, long b);
/* getrandom(2). */
long fx_clock_random(long buf, unsigned long size, long flags);

#endif
