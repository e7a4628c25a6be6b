/* SPDX-License-Identifier: MIT */
/* Writes to a file outside. */
#include "tests/hostile/hostile.h"

bool attack(void)
{
	return write_target();
}
