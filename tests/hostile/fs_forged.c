/* SPDX-License-Identifier: MIT */
/*
 * Opens a file for writing from a busy call site, with FS where the word is another thread's
 * pointer: where sites find their threads by it, the call runs on that thread's stack, and on
 * its state.
 */
#include <asm/prctl.h>
#include <pthread.h>

#include "tests/hostile/hostile.h"

static uintptr_t area[1024] __attribute__((aligned(4096)));
static uintptr_t other;

static void set_fs(uintptr_t base)
{
	long result;

	__asm__ volatile("syscall"
			 : "=a"(result)
			 : "a"(SYS_arch_prctl), "D"((long)ARCH_SET_FS), "S"(base)
			 : "rcx", "r11", "memory");
}

/* In the shim most of the time. */
static void *busy(void *arg)
{
	uintptr_t base = 0;

	syscall(SYS_arch_prctl, ARCH_GET_FS, &base);
	__atomic_store_n(&other, base, __ATOMIC_RELEASE);
	for (;;)
		open_here("/no/such/file");
	return arg;
}

__attribute__((optimize("no-stack-protector"))) static long open_forged(const char *path,
									uintptr_t own)
{
	long fd = -1;

	set_fs((uintptr_t)area);
	for (int i = 0; i < 1000 && fd < 0; i++)
		fd = open_here(path);
	set_fs(own);
	return fd;
}

bool attack(void)
{
	const char *target = from_runner("TARGET");
	uintptr_t own = 0;
	pthread_t thread;
	long fd;

	if (pthread_create(&thread, NULL, busy, NULL) != 0)
		return false;
	while (!__atomic_load_n(&other, __ATOMIC_ACQUIRE))
		open_here("/no/such/file");
	syscall(SYS_arch_prctl, ARCH_GET_FS, &own);
	area[0] = other;
	fd = jumps ? attempt(SYS_openat, AT_FDCWD, target, O_WRONLY | O_APPEND)
		   : open_forged(target, own);
	if (fd < 0)
		last_error = (int)-fd;
	return fd >= 0 && attempt(SYS_write, fd, "harmed\n", 7) == 7;
}
