/* SPDX-License-Identifier: MIT */
/*
 * Signals that come at any instruction of a loop with busy call sites: the handler
 * finds the loop's registers as they are at that place, its own calls work, and nothing
 * of it is left afterwards. Some thousand of a timer, and as many of another thread; or,
 * with an argument, the name of a loop, those that come from outside.
 */
#include <signal.h>
#include <stdbool.h>
#include <sys/time.h>
#include <ucontext.h>

#include "guest-progs/site.h"

enum { SIGNALS = 3000 };

volatile int loop_stop;
static volatile int handled, wrong_registers, wrong_calls;
static long parent;
long loop_wrong;

/*
 * Registers with a value of their own; r8 counts calls that answer something else, r14
 * those that are made, r13 those that have come through: by the instruction behind.
 */
#define LOOP(name, before, behind)                                                                 \
	void name(long nr, long parent_pid);                                                       \
	extern const char name##_begin[], name##_site[], name##_syscall[], name##_ret[],           \
		name##_next[], name##_end[];                                                       \
	__asm__(".text\n"                                                                          \
		"	.skip 32, 0x90\n"                                                                \
		".globl " #name "\n" #name ":\n"                                                   \
		"	push %rbx; push %rbp; push %r12; push %r13; push %r14; push %r15\n"              \
		"	mov %rsi, %r12\n"                                                                \
		"	mov $0x5151515151515151, %rbx\n"                                                 \
		"	mov $0x1212121212121212, %rdx\n"                                                 \
		"	mov $0x3434343434343434, %r9\n"                                                  \
		"	mov $0x5656565656565656, %r10\n"                                                 \
		"	xor %r8d, %r8d\n"                                                                \
		"	xor %r13d, %r13d; xor %r14d, %r14d\n"                                            \
		".globl " #name "_begin\n" #name "_begin:\n"                                       \
		"	mov %rbx, -8(%rsp)\n"                                                            \
		"	mov %rdx, -64(%rsp)\n"                                                           \
		"	mov %r9, -128(%rsp)\n"                                                           \
		"	lea 1(%r14), %r14\n"                                                             \
		"	stc\n"                                                                           \
		".globl " #name "_site\n" #name "_site:\n"                                         \
		"	" before "\n"                                                              \
		".globl " #name "_syscall\n" #name "_syscall:\n"                                   \
		"	syscall\n"                                                                       \
		".globl " #name "_ret\n" #name "_ret:\n"                                           \
		"	" behind "\n"                                                              \
		".globl " #name "_next\n" #name "_next:\n"                                         \
		"	jnc 3f\n"                                                                        \
		"	cmp %r12, %rax\n"                                                                \
		"	jne 3f\n"                                                                        \
		"	cmp %rbx, -8(%rsp)\n"                                                            \
		"	jne 3f\n"                                                                        \
		"	cmp %rdx, -64(%rsp)\n"                                                           \
		"	jne 3f\n"                                                                        \
		"	cmp %r13, %r14\n"                                                                \
		"	jne 3f\n"                                                                        \
		"	cmp %r9, -128(%rsp)\n"                                                           \
		"	je 4f\n"                                                                         \
		"	cld\n"                                                                           \
		"3:	inc %r8\n"                                                                     \
		"4:	cmpl $0, loop_stop(%rip)\n"                                                    \
		"	je " #name "_begin\n"                                                      \
		".globl " #name "_end\n" #name "_end:\n"                                           \
		"	mov %r8, loop_wrong(%rip)\n"                                                     \
		"	pop %r15; pop %r14; pop %r13; pop %r12; pop %rbp; pop %rbx\n"                    \
		"	ret\n")

LOOP(loop_before, "mov $110, %eax", "lea 1(%r13), %r13");
LOOP(loop_behind, "mov $110, %eax; nop", "lea 1(%r13), %r13");
/* With the direction flag set a call traps, wherever it comes from. */
LOOP(loop_odd, "std; mov $110, %eax; nop", "lea 1(%r13), %r13");

static const struct loop {
	const char *name;
	void (*run)(long nr, long parent_pid);
	const char *begin, *site, *syscall, *ret, *next, *end;
} loops[] = {
	{"before", loop_before, loop_before_begin, loop_before_site, loop_before_syscall,
	 loop_before_ret, loop_before_next, loop_before_end},
	{"behind", loop_behind, loop_behind_begin, loop_behind_site, loop_behind_syscall,
	 loop_behind_ret, loop_behind_next, loop_behind_end},
	{"behind, direction flag", loop_odd, loop_odd_begin, loop_odd_site, loop_odd_syscall,
	 loop_odd_ret, loop_odd_next, loop_odd_end},
};

static const struct loop *loop = &loops[0];

static long call(void)
{
	long result;

	__asm__ volatile("movl $110, %%eax\n\tsyscall" : "=a"(result) : : "rcx", "r11", "memory");
	return result;
}

static bool in_loop(uintptr_t rip)
{
	return rip >= (uintptr_t)loop->begin && rip <= (uintptr_t)loop->end;
}

/* What some registers are only there. */
static bool right_at(const greg_t *r, uintptr_t rip)
{
	bool carry = r[REG_EFL] & 1;

	if (rip == (uintptr_t)loop->site)
		return carry;
	if (rip == (uintptr_t)loop->syscall)
		return carry && r[REG_RAX] == 110;
	if (rip == (uintptr_t)loop->ret || rip == (uintptr_t)loop->next)
		return carry && r[REG_RAX] == parent && r[REG_RCX] == (long)(uintptr_t)loop->ret &&
		       r[REG_R13] == r[REG_R14] - (rip == (uintptr_t)loop->ret);
	return true;
}

static void on_signal(int sig, siginfo_t *info, void *context)
{
	const ucontext_t *uc = context;
	const greg_t *r = uc->uc_mcontext.gregs;
	uintptr_t rip = (uintptr_t)r[REG_RIP];

	(void)info;
	wrong_calls += call() != parent;
	handled = handled + 1;
	if (handled >= SIGNALS || sig == SIGUSR2)
		loop_stop = 1;
	if (!in_loop(rip))
		return;
	wrong_registers += r[REG_RBX] != 0x5151515151515151 || r[REG_RDX] != 0x1212121212121212 ||
			   r[REG_R9] != 0x3434343434343434 || r[REG_R10] != 0x5656565656565656 ||
			   r[REG_R12] != parent;
	wrong_registers += !right_at(r, rip);
}

static void run_loop(const char *what)
{
	loop_wrong = 0;
	loop->run(0, parent);
	say(what, loop_wrong);
	say("  signals", handled >= SIGNALS ? SIGNALS : handled);
	say("  wrong registers", wrong_registers);
	say("  wrong calls in the handler", wrong_calls);
	/* In this order: the timer may come in between, and would stop the next loop else. */
	handled = 0;
	loop_stop = 0;
}

static pthread_t main_thread;

static void *send_signals(void *arg)
{
	/* One at a time: the next when the last was handled. */
	for (int i = 0; i < SIGNALS; i++) {
		int before = handled;

		if (pthread_kill(main_thread, SIGUSR1) != 0)
			break;
		await_that(handled != before || loop_stop);
	}
	return arg;
}

/* Somebody else sends them, until SIGUSR2; and is told where the site is. */
static void from_outside(const char *name)
{
	while (strcmp(name, loop->name) != 0)
		need(++loop < loops + sizeof(loops) / sizeof(loops[0]));
	printf("%p %p\n", (const void *)loop->site, (const void *)loop->next);
	fflush(stdout);
	loop->run(0, parent);
	printf("%d signals, %d wrong registers, %d wrong calls, %ld wrong turns\n", handled - 1,
	       wrong_registers, wrong_calls, loop_wrong);
}

static void from_inside(void)
{
	struct itimerval often = {{0, 100}, {0, 100}}, never = {{0, 0}, {0, 0}};
	pthread_t thread;

	printf("the instruction %s:\n", loop->name);
	need(setitimer(ITIMER_REAL, &often, NULL) == 0);
	run_loop("timer");
	need(setitimer(ITIMER_REAL, &never, NULL) == 0);
	thread = start_thread(send_signals, NULL);
	run_loop("thread");
	pthread_join(thread, NULL);
}

int main(int argc, char **argv)
{
	struct sigaction action = {.sa_sigaction = on_signal, .sa_flags = SA_SIGINFO};

	parent = getppid();
	main_thread = pthread_self();
	need(sigaction(SIGALRM, &action, NULL) == 0 && sigaction(SIGUSR1, &action, NULL) == 0);
	if (argc > 1) {
		need(sigaction(SIGUSR2, &action, NULL) == 0);
		from_outside(argv[1]);
		return 0;
	}
	for (size_t i = 0; i < sizeof(loops) / sizeof(loops[0]); i++) {
		loop = &loops[i];
		from_inside();
	}
	return 0;
}
