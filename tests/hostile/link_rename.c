/* SPDX-License-Identifier: MIT */
/* Brings a file from outside to where it may write: by a link, by renaming, by renaming away. */
#include "tests/hostile/hostile.h"

bool attack(void)
{
	const char *target = from_runner("TARGET");
	char inside[4096];

	snprintf(inside, sizeof(inside), "%s/taken", from_runner("GRANTED"));
	return attempt(SYS_link, target, inside) == 0 || attempt(SYS_rename, target, inside) == 0 ||
	       attempt(SYS_rename, from_runner("GRANTED"), from_runner("OUTSIDE")) == 0;
}
