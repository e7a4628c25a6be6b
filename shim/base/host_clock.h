/* SPDX-License-Identifier: MIT */
/* The host's clocks, asked: one call each time. audit/clock.h is for who asks often. */
#ifndef SHIM_BASE_HOST_CLOCK_H
#define SHIM_BASE_HOST_CLOCK_H

#include <linux/time.h>
#include <stdint.h>

#include "shim/base/host.h"

/* clock: CLOCK_MONOTONIC or another of clock_gettime(2), which cannot fail then. */
static inline uint64_t fx_host_clock_ns(long clock)
{
	int64_t now[2] = {0, 0};

	fx_host(__NR_clock_gettime, clock, now);
	return (uint64_t)now[0] * 1000000000 + (uint64_t)now[1];
}

#endif
