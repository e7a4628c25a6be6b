/* SPDX-License-Identifier: MIT */
/* A program that steps itself through a busy call site, by TF, sees each instruction once. */
#include <signal.h>
#include <stdbool.h>
#include <ucontext.h>

#include "guest-progs/site.h"

static long offset[64];
static int steps;
static unsigned long seen_rax[64];
static const char *begin;

/* before, behind: what a site consists of beside its `syscall`. */
#define STEPS(name, before, behind)                                                                \
	long name(long flags);                                                                     \
	extern const char name##_begin[];                                                          \
	__asm__(".text\n"                                                                          \
		"	.skip 32, 0x90\n"                                                                \
		".globl " #name "\n" #name ":\n"                                                   \
		"	push %rdi\n"                                                                     \
		"	popf\n"                                                                          \
		".globl " #name "_begin\n" #name "_begin:\n"                                       \
		"	nop\n"                                                                           \
		"	" before "\n"                                                              \
		"	syscall\n"                                                                       \
		"	" behind "\n"                                                              \
		"	nop\n"                                                                           \
		"	push $0x202\n"                                                                   \
		"	popf\n"                                                                          \
		"	ret\n")

STEPS(step_before, "mov $110, %eax", "");
STEPS(step_behind, "mov $110, %eax; nop", "mov %rax, %rdx");

static void on_trap(int sig, siginfo_t *info, void *context)
{
	const ucontext_t *uc = context;

	(void)sig;
	need(info->si_code == TRAP_TRACE && steps < 64);
	offset[steps] = uc->uc_mcontext.gregs[REG_RIP] - (long)(uintptr_t)begin;
	seen_rax[steps++] = (unsigned long)uc->uc_mcontext.gregs[REG_RAX];
}

static long plain_before(void)
{
	return step_before(0x202);
}

static long plain_behind(void)
{
	return step_behind(0x202);
}

static void step_through(long (*call)(long), site_function *plain)
{
	say("before", site_wrong(plain, getppid()));
	for (int round = 0; round < 3; round++) {
		steps = 0;
		say("stepped", call(0x302) == getppid());
		for (int i = 0; i < steps; i++)
			printf("  at %ld%s\n", offset[i], seen_rax[i] == 110 ? ", rax is set" : "");
		say("between", site_wrong(plain, getppid()));
	}
}

int main(void)
{
	struct sigaction action = {.sa_sigaction = on_trap, .sa_flags = SA_SIGINFO};

	need(sigaction(SIGTRAP, &action, NULL) == 0);
	begin = step_before_begin;
	step_through(step_before, plain_before);
	begin = step_behind_begin;
	step_through(step_behind, plain_behind);
	return 0;
}
