/* SPDX-License-Identifier: MIT */
/* Takes memory until it gets no more, but 1 GiB at most. */
#include <sys/mman.h>
#include "tests/hostile/hostile.h"

#define STEP (64L << 20)
#define MOST 16

bool attack(void)
{
	for (int i = 0; i < MOST; i++) {
		if (attempt(SYS_mmap, 0, STEP, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0) < 0)
			return false;
	}
	return true;
}
