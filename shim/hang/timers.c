/* SPDX-License-Identifier: MIT */
#include "shim/hang/timers.h"

#include <linux/fcntl.h>
#include <linux/time.h>
#include <stdint.h>

#include "shim/base/host.h"

#define FIRST_POSIX_TIMERS 64

static bool has_interval_timer(void)
{
	for (int which = ITIMER_REAL; which <= ITIMER_PROF; which++) {
		int64_t value[4] = {0, 0, 0, 0};

		if (fx_host(__NR_getitimer, which, value) == 0 && (value[2] || value[3]))
			return true;
	}
	return false;
}

/* Not every kernel has the file; then the first of the numbers that timers get are asked for. */
static bool has_posix_timer(void)
{
	long fd = fx_host(__NR_openat, AT_FDCWD, "/proc/self/timers", O_RDONLY | O_CLOEXEC, 0);
	int64_t value[4];
	char byte;
	bool found = false;

	if (fd >= 0) {
		found = fx_host(__NR_read, fd, &byte, 1) > 0;
		fx_host(__NR_close, fd);
		return found;
	}
	for (int id = 0; id < FIRST_POSIX_TIMERS && !found; id++)
		found = fx_host(__NR_timer_gettime, id, value) == 0;
	return found;
}

bool fx_timers_armed(void)
{
	return has_interval_timer() || has_posix_timer();
}
