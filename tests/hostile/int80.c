/* SPDX-License-Identifier: MIT */
/* Opens a file for writing by int 0x80, as a 32-bit program would. */
#include <sys/mman.h>
#include "tests/hostile/hostile.h"

bool attack(void)
{
	char *low = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);
	long fd = 5 /* open */;

	if (low == MAP_FAILED)
		return false;
	strcpy(low, from_runner("TARGET"));
	__asm__ volatile("int $0x80"
			 : "+a"(fd)
			 : "b"(low), "c"(O_WRONLY | O_APPEND), "d"(0)
			 : "memory", "r8", "r9", "r10", "r11");
	if ((int)fd < 0)
		last_error = -(int)fd;
	return (int)fd >= 0 && write((int)fd, "harmed\n", 7) == 7;
}
