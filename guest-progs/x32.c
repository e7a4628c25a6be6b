/* SPDX-License-Identifier: MIT */
/* getpid by its x32 number. */
#include "guest-progs/guest.h"

int main(void)
{
	long result = syscall(0x40000000 + SYS_getpid);

	say("x32 getpid", result == getpid() ? 1 : result);
	say("x32 unknown", syscall(0x40000000 + 4000));
	return 0;
}
