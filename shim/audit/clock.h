/* SPDX-License-Identifier: MIT */
/*
 * The time for the log, without a host call each time. Where the host keeps its own
 * time by the processor's counter (fx_config.tsc), the shim goes on from the host's
 * last answer by that counter, and asks again after a tenth of a second at most. In
 * the beginning sooner: never further than the span that has given the rate is long,
 * so the error stays that of the two answers, a fraction of a microsecond.
 *
 * Not the vDSO: the guest may unmap it, and where it falls back to a system call the
 * filter traps that call inside the shim, which is death.
 */
#ifndef SHIM_AUDIT_CLOCK_H
#define SHIM_AUDIT_CLOCK_H

#include <stdint.h>

/* Microseconds on CLOCK_MONOTONIC. Two threads, or two calls, may differ by one. */
int64_t fx_clock_us(void);

/*
 * Such a time as microseconds since 1970. The difference of the two clocks is looked
 * at once, and then every tenth of a second whether somebody has set the clock.
 */
int64_t fx_clock_wall_us(int64_t us);

void fx_clock_after_fork(void);

#endif
