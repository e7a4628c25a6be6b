/* SPDX-License-Identifier: MIT */
/*
 * A handler begins with the processor's initial floating-point state, whatever
 * the interrupted code had, and what it does is undone when it returns.
 */
#include <fenv.h>
#include <signal.h>
#include <sys/time.h>

#include "guest-progs/guest.h"

#define MANY 40 /* raises, so that a call site is patched on the way */

static struct {
	unsigned int mxcsr;
	unsigned short control;
	struct {
		unsigned short control, unused1, status, unused2, tags, unused3;
		unsigned int rest[4];
	} environment;
	unsigned char low[16], high[16];
	double sum;
} seen;

static void look(int sig)
{
	volatile long double x = 1, y = 3;

	(void)sig;
	__asm__ volatile("movups %%xmm3, %0\n\tmovups %%xmm15, %1"
			 : "=m"(seen.low), "=m"(seen.high));
	__asm__ volatile("stmxcsr %0\n\tfnstcw %1" : "=m"(seen.mxcsr), "=m"(seen.control));
	__asm__ volatile("fnstenv %0\n\tfldenv %0" : "+m"(seen.environment));
	/* With a full x87 stack, or a mask that lets it through, this would be the end. */
	seen.sum = (double)(x / y + 1.0L / 3.0L);
	fesetround(FE_DOWNWARD);
	__asm__ volatile("pcmpeqd %%xmm3, %%xmm3\n\tmovdqa %%xmm3, %%xmm15" ::: "xmm3", "xmm15");
}

static int is_zero(const unsigned char *bytes)
{
	for (int i = 0; i < 16; i++)
		if (bytes[i])
			return 0;
	return 1;
}

static void tell(const char *what)
{
	printf("%s: mxcsr %#x, control %#x, status %#x, tags %#x, registers %s, a third is %.17g\n",
	       what, seen.mxcsr, seen.control, seen.environment.status, seen.environment.tags,
	       is_zero(seen.low) && is_zero(seen.high) ? "clear" : "left over", seen.sum / 2);
	memset(&seen, 0x5a, sizeof(seen));
}

/* Rounding, flags and masks of both units, registers with something in them. */
static void dirty(void)
{
	static const unsigned int mxcsr = 0x7f80;

	fesetround(FE_UPWARD);
	feraiseexcept(FE_INEXACT | FE_OVERFLOW);
	__asm__ volatile("ldmxcsr %0" ::"m"(mxcsr));
	__asm__ volatile("pcmpeqd %%xmm3, %%xmm3\n\tmovdqa %%xmm3, %%xmm15" ::: "xmm3", "xmm15");
}

static void by_raise(void)
{
	unsigned int before, after;
	int wrong = 0;

	for (int i = 0; i < MANY; i++) {
		dirty();
		__asm__ volatile("stmxcsr %0" : "=m"(before));
		raise(SIGUSR1);
		__asm__ volatile("stmxcsr %0" : "=m"(after));
		wrong += before != after || fegetround() != FE_UPWARD;
	}
	fesetenv(FE_DFL_ENV);
	tell("raised");
	printf("state after it: %d of %d wrong\n", wrong, MANY);
}

/* The x87 stack is full, all eight of it, when the handler pushes. */
static void with_a_full_stack(void)
{
	long pid = getpid(), tid = own_tid(), r = SYS_tgkill;

	__asm__ volatile(
		"fninit\n\tfld1\n\tfld1\n\tfld1\n\tfld1\n\tfld1\n\tfld1\n\tfld1\n\tfld1\n\t"
		"syscall\n\t"
		"fninit"
		: "+a"(r)
		: "D"(pid), "S"(tid), "d"((long)SIGUSR1)
		: "rcx", "r11", "memory", "st", "st(1)", "st(2)", "st(3)", "st(4)", "st(5)",
		  "st(6)", "st(7)");
	need(r == 0);
	tell("full x87 stack");
}

/* Between instructions, not in a call. */
static void by_timer(void)
{
	struct itimerval soon = {.it_value = {.tv_usec = 1000}};
	volatile unsigned int *mxcsr = &seen.mxcsr;

	*mxcsr = 0;
	dirty();
	setitimer(ITIMER_REAL, &soon, NULL);
	while (!*mxcsr)
		;
	fesetenv(FE_DFL_ENV);
	tell("interrupted");
}

/* The exception is unmasked in the interrupted code, and pending in its flags. */
static void by_exception(int sig)
{
	look(sig);
	tell("SIGFPE");
	fflush(stdout);
	_exit(0);
}

int main(void)
{
	volatile double zero = 0;

	signal(SIGUSR1, look);
	signal(SIGALRM, look);
	signal(SIGFPE, by_exception);
	memset(&seen, 0x5a, sizeof(seen));
	by_raise();
	with_a_full_stack();
	by_timer();
	feenableexcept(FE_DIVBYZERO | FE_INVALID);
	zero = 1 / zero;
	printf("no exception: %g\n", zero);
	return 1;
}
