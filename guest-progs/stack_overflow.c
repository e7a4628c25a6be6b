/* SPDX-License-Identifier: MIT */
/* A thread runs out of stack, and handles it on its alternate stack; rules of sigaltstack. */
#include <setjmp.h>
#include <signal.h>

#include "guest-progs/guest.h"

static sigjmp_buf back;
static char alternate[65536];
static int on_alternate;

static void show(const char *what)
{
	stack_t stack;

	need(sigaltstack(NULL, &stack) == 0);
	printf("%s: ours %d, size %zu, flags %#x\n", what, stack.ss_sp == alternate, stack.ss_size,
	       (unsigned)stack.ss_flags);
}

static void handler(int signal, siginfo_t *info, void *context)
{
	char here;
	stack_t stack = {.ss_sp = alternate, .ss_size = sizeof(alternate)};

	(void)signal;
	(void)info;
	on_alternate = &here >= alternate && &here < alternate + sizeof(alternate);
	need(((ucontext_t *)context)->uc_stack.ss_sp == alternate);
	show("in the handler");
	say("change it while on it", sigaltstack(&stack, NULL));
	siglongjmp(back, 1);
}

static long deeper(long n)
{
	volatile char room[1024];

	room[0] = (char)n;
	return n < 0 ? 0 : deeper(n + 1) + room[0];
}

static void *overflows(void *arg)
{
	stack_t stack = {.ss_sp = alternate, .ss_size = sizeof(alternate)};

	show("new thread");
	stack.ss_size = 100;
	say("too small", sigaltstack(&stack, NULL));
	stack.ss_size = sizeof(alternate);
	stack.ss_flags = 64;
	say("bad flags", sigaltstack(&stack, NULL));
	stack.ss_flags = 0;
	say("set", sigaltstack(&stack, NULL));
	show("set");
	for (volatile int i = 0; i < 3; i++) {
		on_alternate = 0;
		if (sigsetjmp(back, 1) == 0)
			deeper(0);
		printf("handled on the alternate stack %d\n", on_alternate);
	}
	stack.ss_flags = SS_DISABLE;
	say("disable", sigaltstack(&stack, NULL));
	show("disabled");
	say("bad pointer", sigaltstack((const stack_t *)arg, NULL));
	return NULL;
}

int main(void)
{
	struct sigaction action = {.sa_sigaction = handler, .sa_flags = SA_SIGINFO | SA_ONSTACK};

	sigaction(SIGSEGV, &action, NULL);
	pthread_join(start_thread(overflows, (void *)8), NULL);
	return 0;
}
