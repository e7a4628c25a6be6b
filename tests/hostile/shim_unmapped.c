/* SPDX-License-Identifier: MIT */
/* Takes the shim away: unmaps it, maps over it, moves it. */
#include <sys/mman.h>
#include "tests/hostile/hostile.h"

/* What becomes of this process then is its own affair: it may die. */
bool attack(void)
{
	attempt(SYS_mremap, SHIM, 4096, 8192, MREMAP_MAYMOVE, 0);
	attempt(SYS_mmap, SHIM, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
	attempt(SYS_munmap, SHIM, 0x1000000);
	return write_target();
}
