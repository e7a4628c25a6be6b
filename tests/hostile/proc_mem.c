/* SPDX-License-Identifier: MIT */
/* Rewrites its own code, and the shim's, by way of /proc/self/mem. */
#include "tests/hostile/hostile.h"

static int answer(void)
{
	return 1;
}

bool attack(void)
{
	/* mov $2, %eax; ret */
	static const unsigned char other[] = {0xb8, 2, 0, 0, 0, 0xc3};
	int (*volatile function)(void) = answer;
	long fd = attempt(SYS_openat, AT_FDCWD, "/proc/self/mem", O_RDWR);

	return fd >= 0 &&
	       attempt(SYS_pwrite64, fd, other, sizeof(other), (uintptr_t)answer) ==
		       sizeof(other) &&
	       function() == 2;
}
