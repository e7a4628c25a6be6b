/* SPDX-License-Identifier: MIT */
/*
 * Signals that come at any instruction of a loop with busy call sites: the handler
 * finds the loop's registers as they are at that place, its own calls work, and nothing
 * of it is left afterwards. Some thousand of a timer, and as many of another thread; or,
 * with an argument, those that come from outside.
 */
#include <signal.h>
#include <stdbool.h>
#include <sys/time.h>
#include <ucontext.h>

#include "guest-progs/site.h"

enum { SIGNALS = 3000 };

extern const char loop_begin[], loop_site[], loop_syscall[], loop_behind[], loop_end[];
volatile int loop_stop;
static volatile int handled, wrong_registers, wrong_calls;
static long parent;
void loop(long nr, long parent_pid);
long loop_wrong;

/* Registers with a value of their own; r8 counts calls that answer something else. */
__asm__(".text\n"
	"	.skip 32, 0x90\n"
	".globl loop\n"
	"loop:\n"
	"	push %rbx; push %rbp; push %r12; push %r13; push %r14; push %r15\n"
	"	mov %rsi, %r12\n"
	"	mov $0x5151515151515151, %rbx\n"
	"	mov $0x1212121212121212, %rdx\n"
	"	mov $0x3434343434343434, %r9\n"
	"	mov $0x5656565656565656, %r10\n"
	"	xor %r8d, %r8d\n"
	".globl loop_begin\n"
	"loop_begin:\n"
	"	mov %rbx, -8(%rsp)\n"
	"	mov %rdx, -64(%rsp)\n"
	"	mov %r9, -128(%rsp)\n"
	"	stc\n"
	".globl loop_site\n"
	"loop_site:\n"
	"	mov $110, %eax\n"
	".globl loop_syscall\n"
	"loop_syscall:\n"
	"	syscall\n"
	".globl loop_behind\n"
	"loop_behind:\n"
	"	jnc 3f\n"
	"	cmp %r12, %rax\n"
	"	jne 3f\n"
	"	cmp %rbx, -8(%rsp)\n"
	"	jne 3f\n"
	"	cmp %rdx, -64(%rsp)\n"
	"	jne 3f\n"
	"	cmp %r9, -128(%rsp)\n"
	"	je 4f\n"
	"3:	inc %r8\n"
	"4:	cmpl $0, loop_stop(%rip)\n"
	"	je loop_begin\n"
	".globl loop_end\n"
	"loop_end:\n"
	"	mov %r8, loop_wrong(%rip)\n"
	"	pop %r15; pop %r14; pop %r13; pop %r12; pop %rbp; pop %rbx\n"
	"	ret\n");

static long call(void)
{
	long result;

	__asm__ volatile("movl $110, %%eax\n\tsyscall" : "=a"(result) : : "rcx", "r11", "memory");
	return result;
}

static bool in_loop(uintptr_t rip)
{
	return rip >= (uintptr_t)loop_begin && rip <= (uintptr_t)loop_end;
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
	if (rip == (uintptr_t)loop_syscall)
		wrong_registers += r[REG_RAX] != 110 || !(r[REG_EFL] & 1);
	if (rip == (uintptr_t)loop_behind)
		wrong_registers += r[REG_RAX] != parent || !(r[REG_EFL] & 1);
	if (rip == (uintptr_t)loop_site)
		wrong_registers += !(r[REG_EFL] & 1);
}

static void run_loop(const char *what)
{
	loop_wrong = 0;
	loop(0, parent);
	say(what, loop_wrong);
	say("  signals", handled >= SIGNALS ? SIGNALS : handled);
	say("  wrong registers", wrong_registers);
	say("  wrong calls in the handler", wrong_calls);
	handled = loop_stop = 0;
}

static pthread_t main_thread;

static void *send_signals(void *arg)
{
	/* One at a time: the next when the last was handled. */
	for (int i = 0; i < SIGNALS; i++) {
		int before = handled;

		if (pthread_kill(main_thread, SIGUSR1) != 0)
			break;
		while (handled == before && !loop_stop)
			sched_yield();
	}
	return arg;
}

/* Somebody else sends them, until SIGUSR2; and is told where the site is. */
static void from_outside(void)
{
	printf("%p %p\n", (const void *)loop_site, (const void *)loop_behind);
	fflush(stdout);
	loop(0, parent);
	printf("%d signals, %d wrong registers, %d wrong calls, %ld wrong turns\n", handled - 1,
	       wrong_registers, wrong_calls, loop_wrong);
}

int main(int argc, char **argv)
{
	struct sigaction action = {.sa_sigaction = on_signal, .sa_flags = SA_SIGINFO};
	struct itimerval often = {{0, 100}, {0, 100}}, never = {{0, 0}, {0, 0}};
	pthread_t thread;

	parent = getppid();
	main_thread = pthread_self();
	need(sigaction(SIGALRM, &action, NULL) == 0 && sigaction(SIGUSR1, &action, NULL) == 0);
	if (argc > 1) {
		(void)argv;
		need(sigaction(SIGUSR2, &action, NULL) == 0);
		from_outside();
		return 0;
	}
	need(setitimer(ITIMER_REAL, &often, NULL) == 0);
	run_loop("timer");
	need(setitimer(ITIMER_REAL, &never, NULL) == 0);
	thread = start_thread(send_signals, NULL);
	run_loop("thread");
	pthread_join(thread, NULL);
	return 0;
}
