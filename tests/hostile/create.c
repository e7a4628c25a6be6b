/* SPDX-License-Identifier: MIT */
/* Makes files outside: by open, mkdir, mknod and symlink. */
#include "tests/hostile/hostile.h"

bool attack(void)
{
	const char *directory = from_runner("OUTSIDE");
	long fd = attempt(SYS_openat, AT_FDCWD, directory, O_TMPFILE | O_RDWR, 0600);

	if (chdir(directory) < 0)
		return false;
	return fd >= 0 || attempt(SYS_openat, AT_FDCWD, "new", O_WRONLY | O_CREAT, 0644) >= 0 ||
	       attempt(SYS_mkdir, "new-directory", 0755) == 0 ||
	       attempt(SYS_mknod, "new-fifo", S_IFIFO | 0644, 0) == 0 ||
	       attempt(SYS_symlink, "/", "new-link") == 0;
}
