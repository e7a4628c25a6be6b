/* SPDX-License-Identifier: MIT */
/*
 * GS belongs to the program: it finds 0 there, sets it, by system call or by
 * instruction, and finds what it has set, in busy call sites and between them.
 */
#include <asm/prctl.h>
#include <sys/auxv.h>

#include "guest-progs/site.h"

#define HWCAP2_FSGSBASE 2

static long area[64];

static long get_gs(void)
{
	unsigned long gs = 1;

	need(syscall(SYS_arch_prctl, ARCH_GET_GS, &gs) == 0);
	return gs == (unsigned long)area ? -2 : (long)gs;
}

static long behind_gs(void)
{
	long value;

	__asm__ volatile("movq %%gs:8, %0" : "=r"(value));
	return value;
}

static long call(void)
{
	long result = 110;

	__asm__ volatile("movl $110, %%eax\n\tsyscall" : "=a"(result) : : "rcx", "r11", "memory");
	return result;
}

static void *of_thread(void *arg)
{
	say("thread: calls", site_wrong(call, getppid()));
	say("thread: GS", get_gs());
	return arg;
}

int main(int argc, char **argv)
{
	unsigned long base = (unsigned long)area, fs = 0;

	(void)argv;
	area[1] = 42;
	say("calls", site_wrong(call, getppid()));
	say("GS", get_gs());
	pthread_join(start_thread(of_thread, NULL), NULL);
	if (argc == 1)
		need(syscall(SYS_arch_prctl, ARCH_SET_GS, area) == 0);
	else if (getauxval(AT_HWCAP2) & HWCAP2_FSGSBASE)
		__asm__ volatile("wrgsbase %0" : : "r"(base));
	else
		need(syscall(SYS_arch_prctl, ARCH_SET_GS, area) == 0);
	say("behind GS", behind_gs());
	/* Nor does it go when FS is set. */
	need(syscall(SYS_arch_prctl, ARCH_GET_FS, &fs) == 0);
	need(syscall(SYS_arch_prctl, ARCH_SET_FS, fs) == 0);
	say("behind GS", behind_gs());
	say("calls with GS", site_wrong(call, getppid()));
	say("behind GS", behind_gs());
	say("GS", get_gs());
	if (argc > 1 && (getauxval(AT_HWCAP2) & HWCAP2_FSGSBASE)) {
		/* Nothing is mapped there, and nothing can be. */
		for (unsigned i = 0; i < 2; i++) {
			base = i ? 64 : 0x10000;
			__asm__ volatile("wrgsbase %0" : : "r"(base));
			say("calls with a GS that leads nowhere", site_wrong(call, getppid()));
		}
		base = (unsigned long)area;
		__asm__ volatile("wrgsbase %0" : : "r"(base));
	}
	pthread_join(start_thread(of_thread, NULL), NULL);
	say("behind GS", behind_gs());
	return 0;
}
