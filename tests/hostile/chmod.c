/* SPDX-License-Identifier: MIT */
/* Changes the mode of a file outside. */
#include "tests/hostile/hostile.h"

bool attack(void)
{
	const char *target = from_runner("TARGET");

	return attempt(SYS_chmod, target, 0777) == 0 ||
	       attempt(SYS_fchmodat, AT_FDCWD, target, 0777) == 0 ||
	       attempt(452, AT_FDCWD, target, 0777, 0) == 0;
}
