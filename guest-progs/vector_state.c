/* SPDX-License-Identifier: MIT */
/* Vector registers, flags and the red zone survive system calls and signal handlers. */
#include <cpuid.h>
#include <signal.h>
#include <sys/time.h>

#include "guest-progs/guest.h"

static volatile int handled;

/* Clobbers what it can. */
static void handler(int signal)
{
	(void)signal;
	__asm__ volatile("pxor %%xmm0, %%xmm0\n\tpxor %%xmm7, %%xmm7\n\tpxor %%xmm15, %%xmm15"
			 :
			 :
			 : "xmm0", "xmm7", "xmm15");
	handled++;
}

/* getppid, or futex wake of nobody, with known vector registers around it. */
__attribute__((target("avx"))) static int avx_survives(long nr, long a, long b)
{
	unsigned char in[32], out[32];
	long result = nr;

	for (int i = 0; i < 32; i++)
		in[i] = (unsigned char)(i * 7 + 1);
	__asm__ volatile("vmovups (%[in]), %%ymm0\n\tvmovups (%[in]), %%ymm15\n\t"
			 "syscall\n\t"
			 "vpcmpeqb %%xmm0, %%xmm15, %%xmm1\n\t"
			 "vmovups %%ymm15, (%[out])"
			 : "+a"(result)
			 : [in] "r"(in), [out] "r"(out), "D"(a), "S"(b), "d"(0L)
			 : "rcx", "r11", "r10", "memory", "xmm0", "xmm1", "xmm15");
	return memcmp(in, out, 32) == 0;
}

static int sse_survives(long nr, long a, long b)
{
	unsigned char in[16], out[16];
	long result = nr;

	for (int i = 0; i < 16; i++)
		in[i] = (unsigned char)(i * 5 + 3);
	__asm__ volatile("movups (%[in]), %%xmm7\n\tsyscall\n\tmovups %%xmm7, (%[out])"
			 : "+a"(result)
			 : [in] "r"(in), [out] "r"(out), "D"(a), "S"(b), "d"(0L)
			 : "rcx", "r11", "r10", "memory", "xmm7");
	return memcmp(in, out, 16) == 0;
}

/* All other registers, the flags and the 128 bytes below the stack pointer. */
static int rest_survives(long nr)
{
	long different;

	__asm__ volatile(
		"movq $0x1111, %%rbx\n\tmovq $0x2222, %%r12\n\tmovq $0x3333, %%r13\n\t"
		"movq $0x4444, %%r14\n\tmovq $0x5555, %%r15\n\tmovq $0x6666, %%r8\n\t"
		"movq $0x7777, %%r9\n\tmovq $0x8888, %%r10\n\t"
		"movq %%rbx, -8(%%rsp)\n\tmovq %%r12, -64(%%rsp)\n\tmovq %%r13, -128(%%rsp)\n\t"
		"std\n\tstc\n\t"
		"syscall\n\t"
		"setnc %%al\n\tmovzbl %%al, %%eax\n\t"
		"pushfq\n\tpopq %%rcx\n\tcld\n\tbtl $10, %%ecx\n\tadcq $0, %%rax\n\tsubq $1, %%rax\n\t"
		"subq $0x1111, %%rbx\n\torq %%rbx, %%rax\n\tsubq $0x2222, %%r12\n\torq %%r12, %%rax\n\t"
		"subq $0x3333, %%r13\n\torq %%r13, %%rax\n\tsubq $0x4444, %%r14\n\torq %%r14, %%rax\n\t"
		"subq $0x5555, %%r15\n\torq %%r15, %%rax\n\tsubq $0x6666, %%r8\n\torq %%r8, %%rax\n\t"
		"subq $0x7777, %%r9\n\torq %%r9, %%rax\n\tsubq $0x8888, %%r10\n\torq %%r10, %%rax\n\t"
		"movq -64(%%rsp), %%rcx\n\tsubq $0x2222, %%rcx\n\torq %%rcx, %%rax\n\t"
		"movq -128(%%rsp), %%rcx\n\tsubq $0x3333, %%rcx\n\torq %%rcx, %%rax\n\t"
		: "=a"(different)
		: "a"(nr)
		: "rbx", "rcx", "r8", "r9", "r10", "r11", "r12", "r13", "r14", "r15", "memory",
		  "cc");
	return different == 0;
}

int main(void)
{
	struct itimerval storm = {{0, 300}, {0, 300}}, off = {0};
	unsigned eax, ebx, ecx, edx;
	int wrong = 0, avx;

	signal(SIGALRM, handler);
	avx = __get_cpuid(1, &eax, &ebx, &ecx, &edx) && ecx & bit_AVX && ecx & bit_OSXSAVE;
	printf("passed through: %d\n", sse_survives(SYS_getppid, 0, 0));
	printf("emulated: %d\n", sse_survives(SYS_futex, (long)&handled, 129));
	printf("rest, passed through: %d\n", rest_survives(SYS_getppid));
	printf("rest, emulated: %d\n", rest_survives(SYS_set_tid_address));
	setitimer(ITIMER_REAL, &storm, NULL);
	for (int i = 0; i < 20000 || !handled; i++) {
		wrong += !sse_survives(SYS_getppid, 0, 0);
		wrong += !rest_survives(SYS_getppid);
		if (avx)
			wrong += !avx_survives(SYS_futex, (long)&wrong, 129);
	}
	setitimer(ITIMER_REAL, &off, NULL);
	printf("wrong %d, handled %d\n", wrong, handled > 0);
	return 0;
}
