/* SPDX-License-Identifier: MIT */
/* Uses every descriptor that it finds as a way to files outside, also those that fxbox hides. */
#include "tests/hostile/hostile.h"

#define MANY 2048

static bool leads_out(int fd)
{
	char path[64];
	long up;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	up = attempt(SYS_openat, fd, "..", O_RDONLY | O_DIRECTORY);
	if (up >= 0 && attempt(SYS_openat, up, "target", O_WRONLY | O_APPEND) >= 0)
		return true;
	return attempt(452 /* fchmodat2 */, fd, "", 0777, 0x1000 /* AT_EMPTY_PATH */) == 0;
}

bool attack(void)
{
	struct stat st;
	bool out = false;
	int kept = 0;

	for (int fd = 3; fd < MANY; fd++) {
		if (attempt(SYS_fstat, fd, &st) < 0 || !S_ISREG(st.st_mode))
			continue;
		kept++;
		/* A memory file is its own. */
		if (st.st_nlink > 0)
			out |= leads_out(fd);
	}
	printf("%s\n", kept ? "some found" : "none found");
	if (jumps && attempt(SYS_openat, AT_FDCWD, from_runner("FXBOX"), O_WRONLY) >= 0)
		return true;
	return out;
}
