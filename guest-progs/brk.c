/* SPDX-License-Identifier: MIT */
/* The program break grows, shrinks, comes back zeroed, and refuses nonsense. */
#include "guest-progs/guest.h"

#define MIB (1024 * 1024)

int main(void)
{
	static char room[4096];
	char *start, *old;
	int zero = 1;

	setvbuf(stdout, room, _IOFBF, sizeof(room)); /* no malloc: it would use the break */
	start = sbrk(0);
	printf("grows by 8 MiB: %d\n", sbrk(8 * MIB) == start);
	memset(start, 0x5a, 8 * MIB);
	printf("end is where it should be: %d\n", (char *)sbrk(0) == start + 8 * MIB);
	printf("shrinks: %d\n", (char *)sbrk(-8 * MIB) == start + 8 * MIB);
	old = sbrk(4 * MIB);
	printf("grows again: %d\n", old == start);
	for (int i = 4096; i < 4 * MIB; i++)
		zero &= start[i] == 0;
	printf("is zero again: %d\n", zero);
	printf("odd size: %d\n", (char *)sbrk(12345) == start + 4 * MIB);
	printf("below the start changes nothing: %d\n",
	       syscall(SYS_brk, start - 2 * MIB) == (long)sbrk(0));
	printf("0 asks: %d\n", syscall(SYS_brk, 0) == (long)sbrk(0));
	printf("too much changes nothing: %d\n", syscall(SYS_brk, 1L << 46) == (long)sbrk(0));
	errno = 0;
	say("sbrk of 2^46", (long)sbrk(1L << 46));
	return 0;
}
