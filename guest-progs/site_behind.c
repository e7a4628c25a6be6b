/* SPDX-License-Identifier: MIT */
/*
 * Busy call sites that say nothing before their `syscall`: what comes to the instruction
 * behind it in other ways than from there, and calls of every kind from one site. A signal
 * for what no processor executes is the program's own, whatever it does with it.
 */
#include <linux/sched.h>
#include <signal.h>
#include <ucontext.h>

#include "guest-progs/site.h"

enum { JUMPS = 3000 };

/*
 * any_call: the C library's syscall(2) in short, answers -errno. behind_call(1) goes past
 * the `syscall` to what is behind, and answers 1.
 */
long any_call(long nr, long a, long b, long c, long d);
long behind_call(long past);
void invalid(void);
extern const char invalid_end[];

__asm__(".text\n"
	"	.skip 32, 0x90\n"
	".globl any_call\n"
	"any_call:\n"
	"	mov %rdi, %rax\n"
	"	mov %rsi, %rdi\n"
	"	mov %rdx, %rsi\n"
	"	mov %rcx, %rdx\n"
	"	mov %r8, %r10\n"
	"	syscall\n"
	"	cmp $-4095, %rax\n"
	"	jae 1f\n"
	"	nop\n"
	"1:	ret\n"
	".globl behind_call\n"
	"behind_call:\n"
	"	mov %rdi, %rax\n"
	"	xor %ecx, %ecx\n"
	"	test %rdi, %rdi\n"
	"	jnz 1f\n"
	"	mov $110, %eax\n"
	"	nop\n"
	"	syscall\n"
	"1:	mov %rax, %rdx\n"
	"	mov %rdx, %rax\n"
	"	ret\n"
	".globl invalid\n"
	"invalid:\n"
	"	.byte 0x06\n" /* push %es, once */
	"	ud2\n"
	".globl invalid_end\n"
	"invalid_end:\n"
	"	ret\n");

static void jump_past(void)
{
	long parent = getppid();
	int wrong = 0;

	for (int i = 0; i < SITE_CALLS; i++)
		wrong += behind_call(0) != parent;
	for (int i = 0; i < JUMPS; i++)
		wrong += behind_call(1) != 1;
	for (int i = 0; i < SITE_CALLS; i++)
		wrong += behind_call(0) != parent;
	say("past the call", wrong);
}

static pid_t reader;
static int from[2], own[2];

static void *read_one(void *arg)
{
	char byte = 0;

	__atomic_store_n(&reader, own_tid(), __ATOMIC_RELEASE);
	say("the one that waited reads", any_call(SYS_read, from[0], (long)&byte, 1, 0));
	return arg;
}

/* Makes the site busy while a thread waits in a call that it has begun there. */
static void busy_while_waiting(void)
{
	int wrong = 0;
	pthread_t thread;
	char byte;

	need(pipe(from) == 0 && pipe(own) == 0);
	thread = start_thread(read_one, NULL);
	await_sleep(&reader);
	for (int i = 0; i < SITE_CALLS; i++) {
		need(write(own[1], "x", 1) == 1);
		wrong += any_call(SYS_read, own[0], (long)&byte, 1, 0) != 1;
	}
	say("others meanwhile", wrong);
	need(write(from[1], "y", 1) == 1);
	pthread_join(thread, NULL);
}

static volatile int handled;

static void count(int sig)
{
	(void)sig;
	handled = handled + 1;
	/* What an SA_RESTART read goes on to wait for. */
	need(write(from[1], "z", 1) == 1);
}

static void *interrupt_reader(void *arg)
{
	const pthread_t *thread = arg;

	await_sleep(&reader);
	pthread_kill(*thread, SIGUSR1);
	return NULL;
}

static void interrupted(const char *what, int flags)
{
	struct sigaction action = {.sa_handler = count, .sa_flags = flags};
	pthread_t self = pthread_self(), other;
	long result;
	char byte = 0;

	sigaction(SIGUSR1, &action, NULL);
	reader = own_tid();
	handled = 0;
	other = start_thread(interrupt_reader, &self);
	result = any_call(SYS_read, from[0], (long)&byte, 1, 0);
	pthread_join(other, NULL);
	say(what, result == -EINTR ? 4 : result);
	say("  handled", handled);
	if (result != 1)
		need(read(from[0], &byte, 1) == 1);
}

/* Calls that cannot be served without a trap, from a site that is served without. */
static void all_kinds(void)
{
	static char stack[20000];
	stack_t alt = {.ss_sp = stack, .ss_size = sizeof(stack)}, seen;
	long child;

	for (int i = 0; i < 5; i++) {
		child = any_call(SYS_clone, SIGCHLD, 0, 0, 0);
		if (child == 0) {
			any_call(SYS_getppid, 0, 0, 0, 0);
			any_call(SYS_exit_group, 10 + i, 0, 0, 0);
		}
		need(child > 0);
		say_end("child", (pid_t)child);
	}
	child = any_call(SYS_clone, CLONE_VFORK | SIGCHLD, 0, 0, 0);
	if (child == 0)
		any_call(SYS_exit_group, 7, 0, 0, 0);
	say_end("CLONE_VFORK", (pid_t)child);
	say("sigaltstack", any_call(SYS_sigaltstack, (long)&alt, 0, 0, 0));
	any_call(SYS_sigaltstack, 0, (long)&seen, 0, 0);
	say("  is set", seen.ss_sp == stack);
	say("no such descriptor", any_call(SYS_close, -1, 0, 0, 0));
}

static void step_over(int sig, siginfo_t *info, void *context)
{
	ucontext_t *uc = context;
	uintptr_t ip = (uintptr_t)uc->uc_mcontext.gregs[REG_RIP];

	printf("signal %d, code %d, at %d\n", sig, info->si_code, (int)(ip - (uintptr_t)&invalid));
	uc->uc_mcontext.gregs[REG_RIP] += ip == (uintptr_t)&invalid ? 1 : 2;
}

static void got(int sig)
{
	printf("got %d\n", sig);
}

static void own_faults(void)
{
	struct sigaction action = {.sa_sigaction = step_over, .sa_flags = SA_SIGINFO};
	struct sigaction plain = {.sa_handler = got};
	sigset_t set, pending;
	pid_t child;

	sigaction(SIGILL, &action, NULL);
	invalid();
	invalid();
	sigaction(SIGILL, &plain, NULL);
	sigemptyset(&set);
	sigaddset(&set, SIGILL);
	sigprocmask(SIG_BLOCK, &set, NULL);
	raise(SIGILL);
	sigpending(&pending);
	say("pending", sigismember(&pending, SIGILL));
	interrupted("interrupted, SIGILL blocked", 0);
	sigprocmask(SIG_UNBLOCK, &set, NULL);
	signal(SIGILL, SIG_IGN);
	raise(SIGILL);
	interrupted("interrupted, SIGILL ignored", 0);
	fflush(stdout);
	child = fork();
	if (child == 0)
		invalid();
	say_end("ignored", child);
	signal(SIGILL, SIG_DFL);
	child = fork();
	if (child == 0)
		invalid();
	say_end("default", child);
	child = fork();
	if (child == 0)
		raise(SIGILL);
	say_end("sent", child);
}

int main(void)
{
	setvbuf(stdout, NULL, _IOLBF, 0);
	jump_past();
	busy_while_waiting();
	interrupted("interrupted", 0);
	interrupted("interrupted, SA_RESTART", SA_RESTART);
	all_kinds();
	own_faults();
	jump_past();
	return 0;
}
