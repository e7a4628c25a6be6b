/* SPDX-License-Identifier: MIT */
/*
 * makecontext gives each fiber its stack; from then on _setjmp and _longjmp
 * switch between stacks, since swapcontext asks the kernel for the signal mask
 * each time and millions of executions are to be made.
 */
#include "tests/sched/fiber.h"

#include <setjmp.h>
#include <stdbool.h>
#include <string.h>
#include <ucontext.h>

#define STACK_SIZE (64 * 1024)

static struct fiber {
	jmp_buf start;
	jmp_buf here;
	_Alignas(64) char stack[STACK_SIZE];
} fibers[FIBERS_MAX];

static void (*fiber_body)(unsigned i);
static jmp_buf scheduler;
static ucontext_t scheduler_context;
static unsigned self;

static void fiber_main(void)
{
	struct fiber *f = &fibers[self];

	if (_setjmp(f->start) == 0)
		swapcontext(&(ucontext_t){0}, &scheduler_context);
	for (;;) {
		fiber_body(self);
		fiber_yield();
	}
}

void fibers_init(void (*body)(unsigned i))
{
	ucontext_t context;

	fiber_body = body;
	for (self = 0; self < FIBERS_MAX; self++) {
		getcontext(&context);
		context.uc_stack.ss_sp = fibers[self].stack;
		context.uc_stack.ss_size = STACK_SIZE;
		context.uc_link = NULL;
		makecontext(&context, fiber_main, 0);
		swapcontext(&scheduler_context, &context);
	}
}

void fiber_restart(unsigned i)
{
	memcpy(&fibers[i].here, &fibers[i].start, sizeof(jmp_buf));
}

void fiber_run(unsigned i)
{
	self = i;
	if (_setjmp(scheduler) == 0)
		_longjmp(fibers[i].here, 1);
}

void fiber_yield(void)
{
	if (_setjmp(fibers[self].here) == 0)
		_longjmp(scheduler, 1);
}

unsigned fiber_self(void)
{
	return self;
}
