/* SPDX-License-Identifier: MIT */
/* A program that steps itself through a busy call site, by TF, sees each instruction once. */
#include <signal.h>
#include <stdbool.h>
#include <ucontext.h>

#include "guest-progs/site.h"

extern const char step_begin[], step_end[];
static long offset[64];
static int steps;
static unsigned long seen_rax[64];

long step_call(long flags);
__asm__(".text\n"
	"	.skip 32, 0x90\n"
	".globl step_call\n"
	"step_call:\n"
	"	push %rdi\n"
	"	popf\n"
	".globl step_begin\n"
	"step_begin:\n"
	"	nop\n"
	"	mov $110, %eax\n"
	"	syscall\n"
	"	nop\n"
	"	push $0x202\n"
	"	popf\n"
	".globl step_end\n"
	"step_end:\n"
	"	ret\n");

static void on_trap(int sig, siginfo_t *info, void *context)
{
	const ucontext_t *uc = context;

	(void)sig;
	need(info->si_code == TRAP_TRACE && steps < 64);
	offset[steps] = uc->uc_mcontext.gregs[REG_RIP] - (long)(uintptr_t)step_begin;
	seen_rax[steps++] = (unsigned long)uc->uc_mcontext.gregs[REG_RAX];
}

static long plain(void)
{
	return step_call(0x202);
}

int main(void)
{
	struct sigaction action = {.sa_sigaction = on_trap, .sa_flags = SA_SIGINFO};

	need(sigaction(SIGTRAP, &action, NULL) == 0);
	say("before", site_wrong(plain, getppid()));
	for (int round = 0; round < 3; round++) {
		steps = 0;
		say("stepped", step_call(0x302) == getppid());
		for (int i = 0; i < steps; i++)
			printf("  at %ld%s\n", offset[i], seen_rax[i] == 110 ? ", rax is set" : "");
		say("between", site_wrong(plain, getppid()));
	}
	return 0;
}
