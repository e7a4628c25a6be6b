/* SPDX-License-Identifier: MIT */
/* Writes below directories that it was started with: descriptors 7 and 8 (O_PATH). */
#include "tests/hostile/hostile.h"

bool attack(void)
{
	for (int fd = 7; fd <= 8; fd++) {
		long file = attempt(SYS_openat, fd, "target", O_WRONLY | O_APPEND);

		if (file >= 0 && attempt(SYS_write, file, "harmed\n", 7) == 7)
			return true;
		if (attempt(SYS_fchdir, fd) == 0 &&
		    attempt(SYS_openat, AT_FDCWD, "target", O_WRONLY | O_TRUNC) >= 0)
			return true;
	}
	return false;
}
