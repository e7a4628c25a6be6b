/* SPDX-License-Identifier: MIT */
/* What the flags of sigaction(2) and sigaltstack(2) do, and what their calls refuse. */
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <ucontext.h>

#include "guest-progs/guest.h"

#ifndef SS_AUTODISARM
#define SS_AUTODISARM (1U << 31)
#endif

static char stack[3][65536] __attribute__((aligned(16)));
static volatile int handled, depth, deepest;

static const char *which_stack(const void *address)
{
	static const char *const names[] = {"first", "second", "third"};

	for (int i = 0; i < 3; i++)
		if ((uintptr_t)address - (uintptr_t)stack[i] < sizeof(stack[i]))
			return names[i];
	return "own";
}

static void print_altstack(const char *what)
{
	stack_t now;

	need(sigaltstack(NULL, &now) == 0);
	printf("%s: %s, %zu bytes, flags %x\n", what, now.ss_sp ? which_stack(now.ss_sp) : "none",
	       now.ss_size, (unsigned)now.ss_flags);
}

static void counts(int signal)
{
	handled++;
	depth++;
	deepest = depth > deepest ? depth : deepest;
	if (handled < 3)
		raise(signal);
	depth--;
}

static void on_stack(int signal)
{
	char here;
	stack_t other = {.ss_sp = stack[1], .ss_size = sizeof(stack[1])},
		off = {.ss_flags = SS_DISABLE};

	printf("signal %d on the %s stack\n", signal, which_stack(&here));
	print_altstack("in the handler");
	say("change it in the handler", sigaltstack(&other, NULL));
	say("switch it off in the handler", sigaltstack(&off, NULL));
	if (signal == SIGUSR1)
		raise(SIGUSR2); /* nested: further down on the same stack */
}

static void frame_flags(int signal, siginfo_t *info, void *context)
{
	const ucontext_t *uc = context;

	(void)signal;
	(void)info;
	printf("in the frame: flags %x\n", (unsigned)uc->uc_stack.ss_flags);
}

static void *in_thread(void *arg)
{
	raise(SIGUSR1);
	return arg;
}

/* A frame has the flags as they were set, not as sigaltstack(2) tells them. */
static void frames(void)
{
	static const unsigned flags[] = {0,
					 SS_ONSTACK,
					 SS_DISABLE,
					 SS_AUTODISARM,
					 SS_ONSTACK | SS_AUTODISARM,
					 SS_DISABLE | SS_AUTODISARM};
	struct sigaction a = {.sa_sigaction = frame_flags, .sa_flags = SA_SIGINFO | SA_ONSTACK};
	stack_t ss = {.ss_sp = stack[0], .ss_size = sizeof(stack[0])};
	pthread_t thread;

	sigaction(SIGUSR1, &a, NULL);
	for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++) {
		ss.ss_flags = (int)flags[i];
		need(sigaltstack(&ss, NULL) == 0);
		raise(SIGUSR1);
		print_altstack("afterwards");
		fflush(stdout);
		if (fork() == 0) {
			raise(SIGUSR1);
			fflush(stdout);
			_exit(0);
		}
		need(wait(NULL) > 0);
	}
	need(pthread_create(&thread, NULL, in_thread, NULL) == 0);
	pthread_join(thread, NULL);
	ss.ss_flags = SS_DISABLE;
	need(sigaltstack(&ss, NULL) == 0);
}

static int action(int signal, void (*handler)(int), int flags)
{
	struct sigaction a = {.sa_handler = handler, .sa_flags = flags};

	return sigaction(signal, &a, NULL);
}

static void nesting(void)
{
	static const struct {
		const char *name;
		int flags;
	} cases[] = {{"no flag", 0}, {"SA_NODEFER", SA_NODEFER}};

	for (int i = 0; i < 2; i++) {
		handled = depth = deepest = 0;
		action(SIGUSR1, counts, cases[i].flags);
		raise(SIGUSR1);
		printf("%s: handled %d, nested %d\n", cases[i].name, handled, deepest);
	}
}

static void reset(void)
{
	struct sigaction now;
	pid_t child = fork();

	if (child == 0) {
		action(SIGUSR1, counts, (int)SA_RESETHAND | SA_NODEFER);
		handled = 3;
		raise(SIGUSR1);
		sigaction(SIGUSR1, NULL, &now);
		printf("after SA_RESETHAND: %s, flags %x\n",
		       now.sa_handler == SIG_DFL ? "default" : "handler", (unsigned)now.sa_flags);
		fflush(stdout);
		raise(SIGUSR1);
		_exit(0);
	}
	say_end("the second one", child);
}

/* waitpid() that the handler of SIGCHLD does not interrupt. */
static pid_t await(pid_t child, int *status, int options)
{
	pid_t r;

	do {
		r = waitpid(child, status, options);
	} while (r < 0 && errno == EINTR);
	return r;
}

static void children(void)
{
	static const struct {
		const char *name;
		void (*handler)(int);
		int flags;
	} cases[] = {
		{"handler", counts, 0},
		{"SA_NOCLDSTOP", counts, SA_NOCLDSTOP},
		{"SA_NOCLDWAIT", counts, SA_NOCLDWAIT},
		{"ignored", SIG_IGN, 0},
		{"default with SA_NOCLDWAIT", SIG_DFL, SA_NOCLDWAIT},
	};

	for (int i = 0; i < 5; i++) {
		int status, stopped;
		pid_t child;

		handled = 3;
		action(SIGCHLD, cases[i].handler, cases[i].flags);
		fflush(stdout);
		child = fork();
		if (child == 0) {
			raise(SIGSTOP);
			_exit(7);
		}
		need(await(child, &status, WUNTRACED) == child && WIFSTOPPED(status));
		stopped = handled - 3;
		kill(child, SIGCONT);
		say(cases[i].name, await(child, &status, 0) == child ? WEXITSTATUS(status) : -1);
		/* A stop and a continue may be told with one signal, since both came at once. */
		printf("told of the stop: %d, told at all: %d\n", stopped > 0, handled > 3);
	}
	action(SIGCHLD, SIG_DFL, 0);
}

static void stacks(void)
{
	stack_t s = {.ss_sp = stack[0], .ss_size = sizeof(stack[0])}, old;

	print_altstack("at first");
	say("too small", sigaltstack(&(stack_t){.ss_sp = stack[0], .ss_size = 100}, NULL));
	say("bad flags",
	    sigaltstack(&(stack_t){.ss_sp = stack[0], .ss_size = 65536, .ss_flags = 77}, NULL));
	say("bad address", sigaltstack((stack_t *)8, NULL));
	say("set", sigaltstack(&s, &old));
	print_altstack("set");
	say("SS_ONSTACK asked for",
	    sigaltstack(&(stack_t){.ss_sp = stack[2], .ss_size = 65536, .ss_flags = SS_ONSTACK},
			NULL));
	print_altstack("then");
	sigaltstack(&s, NULL);
	action(SIGUSR1, on_stack, SA_ONSTACK);
	action(SIGUSR2, on_stack, SA_ONSTACK);
	raise(SIGUSR1);
	print_altstack("afterwards");
	action(SIGUSR1, on_stack, 0);
	raise(SIGUSR2);
	s.ss_flags = (int)(1U << 31) /* SS_AUTODISARM */;
	say("SS_AUTODISARM", sigaltstack(&s, NULL));
	print_altstack("armed");
	action(SIGUSR1, on_stack, SA_ONSTACK);
	raise(SIGUSR1);
	print_altstack("armed again");
	say("off", sigaltstack(&(stack_t){.ss_flags = SS_DISABLE}, NULL));
	print_altstack("off");
	raise(SIGUSR2);
}

static void *thread_stack(void *arg)
{
	print_altstack("in a new thread");
	return arg;
}

static void refusals(void)
{
	static const int signals[] = {0, SIGKILL, SIGSTOP, 65, -1, 32, 64};
	struct sigaction now;

	for (int i = 0; i < 7; i++) {
		struct {
			void *handler;
			unsigned long flags;
			void *restorer;
			unsigned long mask;
		} a = {.handler = SIG_IGN}, old;

		printf("signal %d", signals[i]);
		say(": set", syscall(SYS_rt_sigaction, signals[i], &a, NULL, 8));
		printf("signal %d", signals[i]);
		say(": ask", syscall(SYS_rt_sigaction, signals[i], NULL, &old, 8));
		a.handler = SIG_DFL;
		syscall(SYS_rt_sigaction, signals[i], &a, NULL, 8);
	}
	say("size of the set", syscall(SYS_rt_sigaction, SIGUSR1, NULL, NULL, 4));
	say("bad new", syscall(SYS_rt_sigaction, SIGUSR1, 8, NULL, 8));
	say("bad old", syscall(SYS_rt_sigaction, SIGUSR1, NULL, 8, 8));
	say("bad how", syscall(SYS_rt_sigprocmask, 77, &now, NULL, 8));
	say("bad how without a set", syscall(SYS_rt_sigprocmask, 77, NULL, NULL, 8));
	say("bad set", syscall(SYS_rt_sigprocmask, SIG_BLOCK, 8, NULL, 8));
	say("bad size", syscall(SYS_rt_sigprocmask, SIG_BLOCK, NULL, NULL, 16));
	say("sigpending, small", syscall(SYS_rt_sigpending, &now, 4));
	say("sigpending, large", syscall(SYS_rt_sigpending, &now, 16));
	say("sigsuspend, bad", syscall(SYS_rt_sigsuspend, 8, 8));
	say("sigsuspend, bad size", syscall(SYS_rt_sigsuspend, &now, 9));
	say("sigtimedwait, bad", syscall(SYS_rt_sigtimedwait, 8, NULL, NULL, 8));
	say("sigtimedwait, bad time",
	    syscall(SYS_rt_sigtimedwait, &now, NULL, &(struct timespec){-1, 0}, 8));
	/* Flags that nobody knows are taken away, as on Linux. */
	need(action(SIGUSR1, counts, 0x7ffff) == 0 && sigaction(SIGUSR1, NULL, &now) == 0);
	printf("flags that stay: %x\n", (unsigned)now.sa_flags);
}

int main(void)
{
	setvbuf(stdout, NULL, _IOFBF, 1 << 16);
	nesting();
	reset();
	children();
	stacks();
	frames();
	sigaltstack(&(stack_t){.ss_sp = stack[0], .ss_size = sizeof(stack[0])}, NULL);
	pthread_join(start_thread(thread_stack, NULL), NULL);
	fflush(stdout);
	pid_t child = fork();

	if (child == 0) {
		print_altstack("in a forked child");
		fflush(stdout);
		_exit(0);
	}
	say_end("child", child);
	refusals();
	return 0;
}
