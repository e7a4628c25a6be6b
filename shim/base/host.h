/* SPDX-License-Identifier: MIT */
/*
 * Calls to the host kernel from life 2. Both return a value or a negative
 * errno. fx_host never gives up its call for a signal; fx_host_park, for
 * calls that may block, returns -FX_EBAIL without calling when one waits.
 */
#ifndef SHIM_BASE_HOST_H
#define SHIM_BASE_HOST_H

#include <asm/errno.h>
#include <asm/unistd.h>

#include "manager/platform.h"
#include "shim/base/host_call.h"

/*
 * Who makes calls that may block instead of the host: NULL, or what start.c has handed down.
 * Constant once the guest runs. It has the results of fx_host_call_park.
 */
extern long (*fx_host_instead)(long nr, long a, long b, long c, long d, long e, long f);

static inline long fx_host_may_block(long nr, long a, long b, long c, long d, long e, long f)
{
	if (__builtin_expect(fx_host_instead != 0, 0))
		return fx_host_instead(nr, a, b, c, d, e, f);
	return fx_host_call_park(nr, a, b, c, d, e, f);
}

#define fx_host(...)	  fx_host_call(FX_LONGS(__VA_ARGS__, 0, 0, 0, 0, 0, 0, 0))
#define fx_host_park(...) fx_host_may_block(FX_LONGS(__VA_ARGS__, 0, 0, 0, 0, 0, 0, 0))
#define FX_LONGS(a, b, c, d, e, f, g, ...)                                                         \
	(long)(a), (long)(b), (long)(c), (long)(d), (long)(e), (long)(f), (long)(g)

#endif
