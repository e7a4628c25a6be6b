/* SPDX-License-Identifier: MIT */
/* Changes owner, times and attributes of a file outside. */
#include <linux/fs.h>
#include "tests/hostile/hostile.h"

bool attack(void)
{
	const char *target = from_runner("TARGET");
	const uint64_t then[4] = {1, 0, 1, 0};
	long fd = open_target(O_RDONLY);
	int flags = 0;
	bool harmed = attempt(SYS_utimensat, AT_FDCWD, target, then, 0) == 0;

	harmed |= attempt(SYS_setxattr, target, "user.harmed", "x", 1, 0) == 0;
	harmed |= attempt(SYS_ioctl, fd, FS_IOC_GETFLAGS, &flags) == 0 &&
		  (flags |= FS_NODUMP_FL, attempt(SYS_ioctl, fd, FS_IOC_SETFLAGS, &flags) == 0);
	harmed |= attempt(SYS_chown, target, getuid(), getgid()) == 0;
	return harmed;
}
