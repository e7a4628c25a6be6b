/* SPDX-License-Identifier: MIT */
/* Changes the mode of the file that it has as standard input, read-only. */
#include "tests/hostile/hostile.h"

bool attack(void)
{
	return attempt(SYS_fchmod, STDIN_FILENO, 0777) == 0 ||
	       attempt(SYS_chmod, "/proc/self/fd/0", 0777) == 0 ||
	       attempt(SYS_openat, AT_FDCWD, "/proc/self/fd/0", O_WRONLY | O_TRUNC) >= 0;
}
