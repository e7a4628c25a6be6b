/* SPDX-License-Identifier: MIT */
#include "shim/base/platform_linux.h"

#include <asm/unistd.h>
#include <linux/futex.h>
#include <stddef.h>

#include "manager/errno.h"
#include "shim/base/host_call.h"

/* What the kernel reads and writes as a 64-bit struct timespec. */
struct host_time {
	int64_t sec;
	int64_t nsec;
};

/*
 * WAIT_BITSET rather than WAIT, since its timeout is absolute: a wait that is
 * interrupted or woken for nothing goes on with the same deadline, and one on
 * CLOCK_REALTIME follows clock_settime without our help.
 */
static int park(const struct fx_spot *spot, const struct fx_deadline *deadline,
		enum fx_park_kind kind)
{
	long op = FUTEX_WAIT_BITSET | FUTEX_PRIVATE_FLAG;
	struct host_time time;
	long timeout = 0;
	long rc;

	if (deadline) {
		time.sec = deadline->sec;
		time.nsec = deadline->nsec;
		timeout = (long)&time;
		if (deadline->clock == FX_CLOCK_REALTIME)
			op |= FUTEX_CLOCK_REALTIME;
	}
	if (kind == FX_PARK_WAIT)
		return (int)fx_host_call_park(__NR_futex, (long)spot->address, op,
					      (long)spot->expected, timeout, 0, (long)spot->bits);
	rc = fx_host_call(__NR_futex, (long)spot->address, op, (long)spot->expected, timeout, 0,
			  (long)spot->bits);
	return rc == -FX_EINTR ? 0 : (int)rc;
}

static void unpark(uint32_t *word)
{
	fx_host_call(__NR_futex, (long)word, FUTEX_WAKE | FUTEX_PRIVATE_FLAG, 1, 0, 0, 0);
}

static void unpark_set(uint32_t *address, uint32_t bits)
{
	fx_host_call(__NR_futex, (long)address, FUTEX_WAKE_BITSET | FUTEX_PRIVATE_FLAG,
		     fx_spot_count(bits), 0, 0, (long)bits);
}

static void clock_now(enum fx_clock clock, struct fx_deadline *out)
{
	struct host_time time;

	/* The enumerators are Linux's clock ids. */
	fx_host_call(__NR_clock_gettime, (long)clock, (long)&time, 0, 0, 0, 0);
	out->sec = time.sec;
	out->nsec = time.nsec;
	out->clock = clock;
}

static void relax(void)
{
	__builtin_ia32_pause();
}

const struct fx_platform_ops fx_platform_linux = {
	.park = park,
	.unpark = unpark,
	.unpark_set = unpark_set,
	.clock_now = clock_now,
	.relax = relax,
};
