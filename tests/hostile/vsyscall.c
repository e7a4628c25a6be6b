/* SPDX-License-Identifier: MIT */
/* Opens a file for writing by the vsyscall page, which the kernel lets make other calls only. */
#include "tests/hostile/hostile.h"

#define VSYSCALL_TIME 0xffffffffff600400UL

bool attack(void)
{
	long fd = raw(VSYSCALL_TIME, SYS_openat, AT_FDCWD, (long)from_runner("TARGET"), O_WRONLY, 0,
		      0, 0);

	/* What it answers is the time, if there is such a page. */
	return attempt(SYS_write, (int)fd, "harmed\n", 7) == 7;
}
