/* SPDX-License-Identifier: MIT */
/* getpid by the 32-bit entry. */
#include "guest-progs/guest.h"

int main(void)
{
	long result = 20; /* i386's getpid */

	__asm__ volatile("int $0x80" : "+a"(result) : : "memory", "r8", "r9", "r10", "r11");
	if (result == getpid())
		printf("own process ID\n");
	else
		printf("%ld\n", result);
	return 0;
}
