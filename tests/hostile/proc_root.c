/* SPDX-License-Identifier: MIT */
/* Reaches a file by way of a process outside: its root, its directory, its descriptors. */
#include "tests/hostile/hostile.h"

static bool write_by(const char *way, const char *rest)
{
	char path[8192];
	long fd;

	snprintf(path, sizeof(path), "/proc/%s/%s%s", from_runner("VICTIM"), way, rest);
	fd = attempt(SYS_openat, AT_FDCWD, path, O_WRONLY | O_APPEND);
	return fd >= 0 && attempt(SYS_write, fd, "harmed\n", 7) == 7;
}

bool attack(void)
{
	bool harmed = write_by("root", from_runner("TARGET"));

	harmed |= write_by("cwd/", "target");
	harmed |= write_by("fd/", "0");
	return harmed;
}
