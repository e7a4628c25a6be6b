/* SPDX-License-Identifier: MIT */
/*
 * Opens a file for writing from a busy call site, with GS at a forged thread block: what
 * a patched site enters then runs on a stack and a state of the program's own making.
 */
#include <asm/prctl.h>
#include <sys/auxv.h>
#include <sys/mman.h>

#include "tests/hostile/hostile.h"

/* shim/base/thread_layout.h */
#define BLOCK	 0x10000UL
#define THREAD	 0xe000UL
#define MAGIC	 0x78626f78
#define MAGIC_AT 16

bool attack(void)
{
	const char *target = from_runner("TARGET");
	uintptr_t room = (uintptr_t)mmap(NULL, 2 * BLOCK, PROT_READ | PROT_WRITE,
					 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	uintptr_t thread = ((room + BLOCK - 1) & ~(BLOCK - 1)) + THREAD;
	long fd = -1;

	/* Until the site is patched. */
	for (int i = 0; i < 100; i++)
		if (open_here("/no/such/file") != -ENOENT)
			return false;
	memcpy((void *)thread, &thread, sizeof(thread));
	*(int *)(thread + MAGIC_AT) = MAGIC;
	if (getauxval(AT_HWCAP2) & 2)
		__asm__ volatile("wrgsbase %0" : : "r"(thread));
	else
		syscall(SYS_arch_prctl, ARCH_SET_GS, thread);
	fd = jumps ? attempt(SYS_openat, AT_FDCWD, target, O_WRONLY | O_APPEND) : open_here(target);
	if (fd < 0)
		last_error = (int)-fd;
	return fd >= 0 && attempt(SYS_write, fd, "harmed\n", 7) == 7;
}
