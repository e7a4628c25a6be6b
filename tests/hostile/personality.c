/* SPDX-License-Identifier: MIT */
/* Asks for memory that is always executable. */
#include <sys/personality.h>
#include "tests/hostile/hostile.h"

bool attack(void)
{
	return attempt(SYS_personality, READ_IMPLIES_EXEC) >= 0;
}
