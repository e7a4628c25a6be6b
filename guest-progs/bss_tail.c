/* SPDX-License-Identifier: MIT */
/* The whole last page of .bss is zero, also behind its end. */
#include <stdint.h>

#include "guest-progs/guest.h"

extern char end[];
static char small[100];
static int initialised = 7;

int main(void)
{
	uintptr_t page_end = ((uintptr_t)end + 4095) & ~(uintptr_t)4095;
	int zero = 1;

	for (size_t i = 0; i < sizeof(small); i++)
		zero &= small[i] == 0;
	for (const volatile char *p = end; (uintptr_t)p < page_end; p++)
		zero &= *p == 0;
	printf("initialised %d, zero %d\n", initialised, zero);
	return 0;
}
