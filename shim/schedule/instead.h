/* SPDX-License-Identifier: MIT */
/*
 * Calls that the schedule answers instead of the host, or makes in its own way: those that may
 * sleep, which would keep the baton, and those whose answers are not the same each time.
 */
#ifndef SHIM_SCHEDULE_INSTEAD_H
#define SHIM_SCHEDULE_INSTEAD_H

/*
 * In place of fx_host_call_park, with the same results. A call that may sleep is tried without;
 * while there is nothing for it, its thread sleeps in the schedule.
 */
long fx_instead(long nr, long a, long b, long c, long d, long e, long f);

#endif
