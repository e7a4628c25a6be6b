/* SPDX-License-Identifier: MIT */
#include "shim/schedule/now.h"

#include "shim/base/host.h"
#include "shim/schedule/policy.h"

#define TICK_NS 1000UL /* an event takes */
/* Looks at the clock in a row: each sixteen let it go twice as fast, up to a thousand times. */
#define SLOWEST 16
#define FASTEST 10

static uint64_t now_ns, looks, random_state;

void fx_now_begin(uint64_t seed)
{
	random_state = seed ^ 0x5bf03635f0a31e29ULL;
}

uint64_t fx_now(bool look)
{
	if (look) {
		uint64_t faster = looks++ / SLOWEST;

		now_ns += (TICK_NS << (faster < FASTEST ? faster : FASTEST)) - TICK_NS;
	}
	return now_ns;
}

static bool is_clock(long nr)
{
	return nr == __NR_clock_gettime || nr == __NR_gettimeofday || nr == __NR_time;
}

void fx_now_pass(enum fx_event_kind kind, uint64_t what)
{
	now_ns += TICK_NS;
	if (kind != FX_EVENT_CALL || !is_clock((long)what))
		looks = 0;
}

void fx_now_jump(uint64_t ns)
{
	if (ns > now_ns)
		now_ns = ns;
}

uint64_t fx_now_random(void)
{
	return fx_random_next(&random_state);
}
