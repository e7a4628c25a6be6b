/* SPDX-License-Identifier: MIT */
/*
 * Everything from 0x7fff7000 to 16 TiB is free for a program that is not linked there, as
 * AddressSanitizer wants it for its shadow. Where things lie changes with each execution, so
 * it executes itself some times.
 */
#include "guest-progs/guest.h"

#include <sys/mman.h>

#define SHADOW_START 0x7fff7000UL
#define SHADOW_END   0x10007fff8000UL
#define EXECUTIONS   12

int main(int argc, char **argv)
{
	int left = argc > 1 ? atoi(argv[1]) : EXECUTIONS;
	void *shadow =
		mmap((void *)SHADOW_START, SHADOW_END - SHADOW_START, PROT_NONE,
		     MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED_NOREPLACE, -1, 0);
	char number[16];

	if (shadow != (void *)SHADOW_START) {
		printf("taken, %d before the end\n", left);
		return 1;
	}
	if (left == 0) {
		puts("free each time");
		return 0;
	}
	snprintf(number, sizeof(number), "%d", left - 1);
	execl("/proc/self/exe", argv[0], number, NULL);
	return 2;
}
