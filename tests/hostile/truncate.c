/* SPDX-License-Identifier: MIT */
/* Empties and removes a file outside. */
#include "tests/hostile/hostile.h"

bool attack(void)
{
	const char *target = from_runner("TARGET");

	return attempt(SYS_truncate, target, 0) == 0 || attempt(SYS_unlink, target) == 0;
}
