/* SPDX-License-Identifier: MIT */
/*
 * A signal at every instruction of a patched call: from the jump at the site, through
 * trampoline, shim and way out, to the instruction behind the call.
 *
 *	step_site FXBOX GUEST LOOP	(guest-progs/site_signals before, or behind)
 *
 * A debugger takes the guest to the site, n single steps further, and lets it go on
 * with a signal, for n = 0, 1, 2 until the steps have come out at the other end. The guest's
 * handler judges what it finds; it must have seen as many signals as were sent.
 */
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#define PUSHFQ	0x9c
#define POPFQ	0x9d
#define TF	0x100
#define WARM_UP 3  /* calls; of which the first traps */
#define FEWEST	60 /* instructions of a patched call; a trap has two at the guest's side */

static pid_t guest;
static int to_pass; /* the signal that it has stopped with and is still to get */
static unsigned long site, behind;

__attribute__((format(printf, 1, 2), noreturn)) static void fail(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	printf("not ok 1 - ");
	vprintf(format, args);
	printf(": %s\n", strerror(errno));
	va_end(args);
	if (guest > 0)
		kill(guest, SIGKILL);
	exit(1);
}

static struct user_regs_struct registers(void)
{
	struct user_regs_struct r;

	if (ptrace(PTRACE_GETREGS, guest, NULL, &r) < 0)
		fail("PTRACE_GETREGS");
	return r;
}

static int wait_stop(void)
{
	int status;

	if (waitpid(guest, &status, 0) != guest)
		fail("waitpid");
	if (!WIFSTOPPED(status))
		fail("the guest ended, status 0x%x", status);
	return WSTOPSIG(status);
}

/* Its own breakpoint, or sent to it; and not a step of ours. */
static bool is_guests_trap(void)
{
	siginfo_t info;

	if (ptrace(PTRACE_GETSIGINFO, guest, NULL, &info) < 0)
		fail("PTRACE_GETSIGINFO");
	return info.si_code == SI_KERNEL || info.si_code < 0;
}

/* The kernel takes TF, after a step over popfq, for the program's own. */
static void pop_flags(struct user_regs_struct r)
{
	r.eflags = (unsigned long)ptrace(PTRACE_PEEKDATA, guest, r.rsp, NULL);
	r.rsp += 8;
	r.rip++;
	if (ptrace(PTRACE_SETREGS, guest, NULL, &r) < 0)
		fail("PTRACE_SETREGS");
}

/* One instruction. Signals of the guest's own, as SIGSYS, go on to it. */
static void step(void)
{
	unsigned long rip = registers().rip;
	long code = ptrace(PTRACE_PEEKTEXT, guest, rip, NULL);
	int sig;

	if ((code & 0xff) == POPFQ && !to_pass) {
		pop_flags(registers());
		return;
	}
	if (ptrace(PTRACE_SINGLESTEP, guest, NULL, to_pass) < 0)
		fail("PTRACE_SINGLESTEP");
	to_pass = 0;
	sig = wait_stop();
	if (sig != SIGTRAP || is_guests_trap())
		to_pass = sig;
	/* The flag is the debugger's; the program would not have seen it. */
	if ((code & 0xff) == PUSHFQ && sig == SIGTRAP) {
		unsigned long sp = registers().rsp;
		long flags = ptrace(PTRACE_PEEKDATA, guest, sp, NULL);

		ptrace(PTRACE_POKEDATA, guest, sp, flags & ~(long)TF);
	}
}

static void set_debug_register(size_t number, unsigned long value)
{
	size_t at = offsetof(struct user, u_debugreg) + number * sizeof(long);

	if (ptrace(PTRACE_POKEUSER, guest, at, value) < 0)
		fail("PTRACE_POKEUSER");
}

/* By a breakpoint of the processor, which changes no code. */
static void run_to(unsigned long rip)
{
	int sig = 0;

	if (registers().rip == rip)
		return;
	set_debug_register(0, rip);
	set_debug_register(7, 1);
	do {
		if (ptrace(PTRACE_CONT, guest, NULL, to_pass) < 0)
			fail("PTRACE_CONT");
		sig = wait_stop();
		to_pass = sig == SIGTRAP && !is_guests_trap() ? 0 : sig;
	} while (registers().rip != rip);
	set_debug_register(7, 0);
}

/* Lets the guest go on with this signal until it is stopped from here. */
static void go_on_with(int sig)
{
	/* Sent, for not every stop takes a signal. */
	if (sig && kill(guest, sig) < 0)
		fail("kill");
	if (ptrace(PTRACE_CONT, guest, NULL, to_pass) < 0 || kill(guest, SIGSTOP) < 0)
		fail("PTRACE_CONT");
	to_pass = 0;
	for (;;) {
		int stop = wait_stop();

		if (stop == SIGSTOP)
			return;
		/* A step that a signal was delivered in ends only now. */
		if (stop == SIGTRAP && !is_guests_trap())
			stop = 0;
		if (ptrace(PTRACE_CONT, guest, NULL, stop) < 0)
			fail("PTRACE_CONT");
	}
}

static FILE *start(const char *fxbox, const char *program, const char *loop)
{
	char line[100];
	int out[2];
	FILE *in;

	if (pipe(out) < 0)
		fail("pipe");
	guest = fork();
	if (guest == 0) {
		dup2(out[1], STDOUT_FILENO);
		ptrace(PTRACE_TRACEME, 0, NULL, NULL);
		execl(fxbox, fxbox, "run", "--no-confine", program, loop, NULL);
		_exit(127);
	}
	close(out[1]);
	in = fdopen(out[0], "r");
	wait_stop();
	/* Until the guest has said where its site is; the traps on the way are its own. */
	if (ptrace(PTRACE_SETOPTIONS, guest, NULL, PTRACE_O_EXITKILL) < 0)
		fail("PTRACE_SETOPTIONS");
	go_on_with(0);
	for (;;) {
		struct user_regs_struct r = registers();

		/* In the loop the guest has written, and does nothing else any more. */
		if (r.rbx == 0x5151515151515151)
			break;
		go_on_with(0);
	}
	if (!in || !fgets(line, sizeof(line), in) || sscanf(line, "%lx %lx", &site, &behind) != 2)
		fail("the guest does not say where its site is");
	return in;
}

/* Both take turns on one processor, which is quicker than waking another for each step. */
static void share_a_cpu(void)
{
	cpu_set_t one;

	CPU_ZERO(&one);
	CPU_SET((size_t)sched_getcpu(), &one);
	sched_setaffinity(0, sizeof(one), &one);
}

int main(int argc, char **argv)
{
	char report[200] = "", expected[200];
	int sent = 0, status;
	FILE *in;

	if (argc != 4)
		return 2;
	setvbuf(stdout, NULL, _IOLBF, 0);
	printf("1..1\n");
	share_a_cpu();
	in = start(argv[1], argv[2], argv[3]);
	for (int i = 0; i < WARM_UP; i++) {
		run_to(site);
		run_to(behind);
	}
	for (bool through = false; !through; sent++) {
		run_to(site);
		for (int i = 0; i < sent && !through; i++) {
			step();
			through = registers().rip == behind;
		}
		go_on_with(SIGUSR1);
	}
	if (sent < FEWEST)
		fail("only %d instructions: the site is not patched", sent);
	if (ptrace(PTRACE_DETACH, guest, NULL, SIGUSR2) < 0)
		fail("PTRACE_DETACH");
	snprintf(expected, sizeof(expected),
		 "%d signals, 0 wrong registers, 0 wrong calls, 0 wrong turns\n", sent);
	if (!fgets(report, sizeof(report), in))
		fail("the guest says nothing");
	if (waitpid(guest, &status, 0) != guest || status != 0)
		fail("the guest ended with 0x%x", status);
	if (strcmp(report, expected) != 0)
		fail("%d signals were sent, the guest says: %s", sent, report);
	printf("ok 1 - a signal at each of %d instructions of a patched call\n", sent);
	return 0;
}
