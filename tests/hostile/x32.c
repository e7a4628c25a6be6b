/* SPDX-License-Identifier: MIT */
/* Opens a file for writing by its number as an x32 call. */
#include "tests/hostile/hostile.h"

bool attack(void)
{
	long fd = attempt(SYS_openat | 0x40000000, AT_FDCWD, from_runner("TARGET"), O_WRONLY);

	return fd >= 0 && attempt(SYS_write, fd, "harmed\n", 7) == 7;
}
