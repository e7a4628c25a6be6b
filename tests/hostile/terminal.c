/* SPDX-License-Identifier: MIT */
/* Types into the terminal that the user goes on with. */
#include <sys/ioctl.h>
#include "tests/hostile/hostile.h"

bool attack(void)
{
	const long high = 1L << 40;

	return attempt(SYS_ioctl, STDIN_FILENO, TIOCSTI, "x") == 0 ||
	       attempt(SYS_ioctl, STDIN_FILENO, high | TIOCSTI, "x") == 0;
}
