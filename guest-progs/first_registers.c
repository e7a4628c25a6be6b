/* SPDX-License-Identifier: MIT */
/* Registers and flags at a program's first instruction. */
#include <sys/syscall.h>

static long call(long nr, long a, const void *b, long c)
{
	long r;

	__asm__ volatile("syscall"
			 : "=a"(r)
			 : "a"(nr), "D"(a), "S"(b), "d"(c)
			 : "rcx", "r11", "memory");
	return r;
}

static void put(const char *name, unsigned long value)
{
	char line[32], *at = line;

	while (*name)
		*at++ = *name++;
	*at++ = ' ';
	for (int shift = 60; shift >= 0; shift -= 4)
		*at++ = "0123456789abcdef"[value >> shift & 15];
	*at++ = '\n';
	call(SYS_write, 1, line, at - line);
}

/* regs: as _start has pushed them, the last first. */
__attribute__((noreturn, used)) static void show(const unsigned long *regs)
{
	static const char *const names[] = {"r15", "r14", "r13", "r12",	 "r11", "r10",
					    "r9",  "r8",  "rbp", "rdi",	 "rsi", "rdx",
					    "rcx", "rbx", "rax", "flags"};
	unsigned short control, segments[4];
	unsigned int mxcsr;

	for (int i = 0; i < 16; i++)
		put(names[i], regs[i]);
	__asm__ volatile("fnstcw %0\n\tstmxcsr %1" : "=m"(control), "=m"(mxcsr));
	put("x87", control);
	put("mxcsr", mxcsr);
	__asm__ volatile("mov %%ds, %0\n\tmov %%es, %1\n\tmov %%fs, %2\n\tmov %%gs, %3"
			 : "=r"(segments[0]), "=r"(segments[1]), "=r"(segments[2]),
			   "=r"(segments[3]));
	for (int i = 0; i < 4; i++)
		put("segment", segments[i]);
	put("alignment", (unsigned long)(regs + 16) & 15);
	put("argc", regs[16]);
	for (;;)
		call(SYS_exit_group, 0, 0, 0);
}

__asm__(".globl _start\n"
	"_start:\n\t"
	"pushfq\n\t"
	"push %rax\n\tpush %rbx\n\tpush %rcx\n\tpush %rdx\n\tpush %rsi\n\tpush %rdi\n\tpush %rbp\n\t"
	"push %r8\n\tpush %r9\n\tpush %r10\n\tpush %r11\n\tpush %r12\n\tpush %r13\n\tpush %r14\n\t"
	"push %r15\n\t"
	"mov %rsp, %rdi\n\t"
	"and $-16, %rsp\n\t"
	"call show");
