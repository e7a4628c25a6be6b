/* SPDX-License-Identifier: MIT */
/*
 * What the hardware raises, and what the handler is told: signal, code,
 * address, trap number, error code, CR2; and the same with the signal blocked
 * or ignored, which is death.
 */
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdint.h>
#include <sys/mman.h>

#include "guest-progs/guest.h"

static sigjmp_buf back;
static char *read_only, *no_access, *beyond_end, *unmapped;
static volatile uint64_t steps;
extern const char stepped_to[];

static void calm(void)
{
	unsigned mxcsr = 0x1f80;

	__asm__ volatile("pushf; andl $~0x40000, (%%rsp); popf; ldmxcsr %0; fninit" ::"m"(mxcsr)
			 : "memory");
}

static void handler(int signal, siginfo_t *info, void *context)
{
	/* The alignment check is still on. */
	calm();

	const ucontext_t *uc = context;
	const greg_t *g = uc->uc_mcontext.gregs;
	const char *at = info->si_addr;

	printf(" signal %d, code %d, trap %lld, error %llx", signal, info->si_code,
	       (long long)g[REG_TRAPNO], (unsigned long long)g[REG_ERR]);
	printf(", address %s", at == read_only		  ? "read-only"
			       : at == no_access	  ? "without access"
			       : at == beyond_end	  ? "beyond the end"
			       : at == unmapped		  ? "unmapped"
			       : (greg_t)at == g[REG_RIP] ? "instruction"
			       : !at			  ? "0"
							  : "other");
	if (g[REG_TRAPNO] == 14)
		printf(", cr2 %s", (char *)g[REG_CR2] == at ? "the same" : "another");
	putchar('\n');
	siglongjmp(back, 1);
}

enum fault {
	READ_UNMAPPED,
	WRITE_UNMAPPED,
	WRITE_READ_ONLY,
	READ_NO_ACCESS,
	EXECUTE_DATA,
	NOT_CANONICAL,
	BEYOND_END,
	DIVIDE,
	OVERFLOW_DIVIDE,
	SSE_DIVIDE,
	X87_DIVIDE,
	ILLEGAL,
	BREAKPOINT,
	PRIVILEGED,
	IO_PORT,
	INT_0x7f,
	MISALIGNED_SSE,
	ALIGNMENT_CHECK,
	VSYSCALL_PAGE,
	FAULTS
};

static const char *const names[FAULTS] = {
	"read unmapped", "write unmapped", "write read-only", "read without access", "execute data",
	"not canonical", "beyond the end", "divide",	      "divide overflow",     "sse divide",
	"x87 divide",	 "illegal",	   "breakpoint",      "privileged",	     "port",
	"int 0x7f",	 "misaligned sse", "alignment check", "vsyscall page",
};

static void cause(enum fault fault)
{
	unsigned mxcsr = 0x1f80 & ~(1U << 9);
	uint16_t control = 0x37f & ~4U;
	float zero = 0, one = 1;

	switch (fault) {
	case READ_UNMAPPED:
		__asm__ volatile("mov (%0), %%al" ::"r"(unmapped) : "rax");
		break;
	case WRITE_UNMAPPED:
		__asm__ volatile("movb $1, (%0)" ::"r"(unmapped));
		break;
	case WRITE_READ_ONLY:
		__asm__ volatile("movb $1, (%0)" ::"r"(read_only));
		break;
	case READ_NO_ACCESS:
		__asm__ volatile("mov (%0), %%al" ::"r"(no_access) : "rax");
		break;
	case EXECUTE_DATA:
		__asm__ volatile("call *%0" ::"r"(read_only));
		break;
	case NOT_CANONICAL:
		__asm__ volatile("mov (%0), %%al" ::"r"(0x8000000000000000) : "rax");
		break;
	case BEYOND_END:
		__asm__ volatile("mov (%0), %%al" ::"r"(beyond_end) : "rax");
		break;
	case DIVIDE:
		__asm__ volatile("xor %%ecx, %%ecx; mov $1, %%eax; cltd; idiv %%ecx" ::
					 : "rax", "rcx", "rdx");
		break;
	case OVERFLOW_DIVIDE:
		__asm__ volatile("mov $-1, %%ecx; mov $0x80000000, %%eax; cltd; idiv %%ecx" ::
					 : "rax", "rcx", "rdx");
		break;
	case SSE_DIVIDE:
		__asm__ volatile("ldmxcsr %0; divss %1, %2" ::"m"(mxcsr), "x"(zero), "x"(one));
		break;
	case X87_DIVIDE:
		__asm__ volatile("fninit; fldcw %0; fld1; fldz; fdivrp; fwait" ::"m"(control));
		break;
	case ILLEGAL:
		__asm__ volatile("ud2");
		break;
	case BREAKPOINT:
		__asm__ volatile("int3");
		break;
	case PRIVILEGED:
		__asm__ volatile("hlt");
		break;
	case IO_PORT:
		__asm__ volatile("in $0x80, %%al" ::: "rax");
		break;
	case INT_0x7f:
		__asm__ volatile("int $0x7f");
		break;
	case MISALIGNED_SSE:
		__asm__ volatile("movaps 1(%%rsp), %%xmm0" ::: "xmm0");
		break;
	case ALIGNMENT_CHECK:
		__asm__ volatile("pushf; orl $0x40000, (%%rsp); popf; mov 1(%%rsp), %%eax" ::
					 : "rax");
		break;
	case VSYSCALL_PAGE:
		__asm__ volatile("mov 0xffffffffff600000, %%al" ::: "rax");
		break;
	default:
		break;
	}
}

/* Single steps over a few instructions, one of them a system call. */
static void on_step(int signal, siginfo_t *info, void *context)
{
	ucontext_t *uc = context;
	uintptr_t ip = (uintptr_t)uc->uc_mcontext.gregs[REG_RIP];

	(void)signal;
	if (steps == 0)
		printf("a step: code %d, trap %lld\n", info->si_code,
		       (long long)uc->uc_mcontext.gregs[REG_TRAPNO]);
	steps++;
	if (ip >= (uintptr_t)stepped_to)
		uc->uc_mcontext.gregs[REG_EFL] &= ~0x100LL;
}

__attribute__((noinline)) static void single_steps(void)
{
	long r;

	__asm__ volatile("	pushf\n"
			 "	orl $0x100, (%%rsp)\n"
			 "	popf\n"

			 "	nop\n"
			 "	mov $39, %%eax\n"
			 "	syscall\n"
			 "	nop\n"
			 "stepped_to:\n"
			 "	nop\n"
			 : "=a"(r)::"memory", "rcx", "r11");
	printf("steps %d\n", (int)steps);
}

int main(void)
{
	static const int signals[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP};
	struct sigaction action = {.sa_sigaction = handler, .sa_flags = SA_SIGINFO};
	char name[] = "/tmp/hw_faults_XXXXXX";
	int fd = mkstemp(name);

	setvbuf(stdout, NULL, _IOFBF, 1 << 16);
	need(fd >= 0 && unlink(name) == 0 && write(fd, "x", 1) == 1);
	read_only = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	no_access = mmap(NULL, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	beyond_end = (char *)mmap(NULL, 8192, PROT_READ, MAP_PRIVATE, fd, 0) + 4096;
	unmapped = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	munmap(unmapped, 4096);
	for (int i = 0; i < 5; i++)
		sigaction(signals[i], &action, NULL);
	for (int fault = 0; fault < FAULTS; fault++) {
		printf("%s:", names[fault]);
		if (sigsetjmp(back, 1) == 0) {
			cause((enum fault)fault);
			puts(" nothing");
		}
	}
	/* Blocked or ignored, each is death. */
	for (int fault = 0; fault < FAULTS; fault++) {
		for (int blocked = 0; blocked < 2; blocked++) {
			sigset_t all;
			pid_t child;

			fflush(stdout);
			child = fork();
			if (child == 0) {
				sigfillset(&all);
				for (int i = 0; i < 5; i++)
					signal(signals[i], blocked ? SIG_DFL : SIG_IGN);
				if (blocked)
					sigprocmask(SIG_BLOCK, &all, NULL);
				cause((enum fault)fault);
				_exit(0);
			}
			printf("%s, ", names[fault]);
			say_end(blocked ? "blocked" : "ignored", child);
		}
	}
	action.sa_sigaction = on_step;
	sigaction(SIGTRAP, &action, NULL);
	single_steps();
	return 0;
}
