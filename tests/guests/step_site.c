/* SPDX-License-Identifier: MIT */
/*
 * A signal at every instruction of a patched call: from the jump at the site, through
 * trampoline, shim and way out, to the instruction behind the call.
 *
 *	step_site FXBOX GUEST LOOP WAY	(guest-progs/site_signals before, or behind)
 *
 * WAY is how the guest is brought to the site: by a `hardware` breakpoint, which is
 * quicker and changes no code, or by a `software` one, which any host has.
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

#include "tests/host.h"

#define PUSHFQ	   0x9c
#define POPFQ	   0x9d
#define STC	   0xf9
#define INT3	   0xcc
#define TF	   0x100
#define WARM_UP	   3  /* calls; of which the first traps */
#define FEWEST	   60 /* instructions of a patched call; a trap has two at the guest's side */
#define MOST_STOPS 100000
#define SECONDS	   20 /* that any one thing may take; all together take less */

static pid_t guest;
static int to_pass; /* the signal that it has stopped with and is still to get */
static unsigned long site, behind;
static bool in_hardware;
static const char *volatile awaited;

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

/* Not by events, which may come for ever without anything coming of them. */
static void give_up(int sig)
{
	static const char before[] = "not ok 1 - waited 20 s for ";

	(void)sig;
	if (write(STDOUT_FILENO, before, sizeof(before) - 1) < 0 ||
	    write(STDOUT_FILENO, awaited, strlen(awaited)) < 0 || write(STDOUT_FILENO, "\n", 1) < 0)
		_exit(2);
	if (guest > 0)
		kill(guest, SIGKILL);
	_exit(1);
}

static void expect(const char *what)
{
	awaited = what;
	alarm(SECONDS);
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

/* Until it is there; where that is, who goes on before knows. */
static void go_on_to(unsigned long rip)
{
	int sig;

	do {
		if (ptrace(PTRACE_CONT, guest, NULL, to_pass) < 0)
			fail("PTRACE_CONT");
		sig = wait_stop();
		to_pass = sig == SIGTRAP && !is_guests_trap() ? 0 : sig;
	} while (registers().rip != rip);
}

/* By a breakpoint of the processor, which changes no code. */
static void run_to_in_hardware(unsigned long rip)
{
	set_debug_register(0, rip);
	set_debug_register(7, 1);
	go_on_to(rip);
	set_debug_register(7, 0);
}

/* A byte of the code, all around which may have changed since it was looked at. */
static unsigned char swap_code(unsigned long at, unsigned char byte)
{
	long code = ptrace(PTRACE_PEEKTEXT, guest, at, NULL);

	if (ptrace(PTRACE_POKETEXT, guest, at, (code & ~0xffL) | byte) < 0)
		fail("PTRACE_POKETEXT");
	return (unsigned char)code;
}

/*
 * By an int3 in place of the stc before the site: the site itself is what fxbox has patched.
 * While it decides on that it looks at the stc too, so the calls before are stepped.
 */
static void run_to_site_in_software(void)
{
	unsigned long at = site - 1;
	unsigned char was = swap_code(at, INT3);
	struct user_regs_struct r;

	if (was != STC)
		fail("no stc before the site, but %#x", was);
	go_on_to(at + 1);
	to_pass = 0; /* the trap is ours, though it looks like one of the guest's */
	swap_code(at, was);
	r = registers();
	r.rip = at;
	if (ptrace(PTRACE_SETREGS, guest, NULL, &r) < 0)
		fail("PTRACE_SETREGS");
	step();
	if (registers().rip != site)
		fail("a step over the stc leads to %#llx", registers().rip);
}

static void step_to(unsigned long rip)
{
	while (registers().rip != rip)
		step();
}

static void run_to_site(void)
{
	expect("the guest to come to its site");
	if (registers().rip == site)
		return;
	if (in_hardware)
		run_to_in_hardware(site);
	else
		run_to_site_in_software();
}

/* Makes the first calls, of which one traps and is patched. */
static void warm_up(void)
{
	for (int i = 0; i < WARM_UP; i++) {
		expect("the guest to come to its site and out behind its call, at first");
		if (in_hardware) {
			run_to_site();
			run_to_in_hardware(behind);
		} else {
			step_to(site);
			step_to(behind);
		}
	}
}

/* Lets the guest go on with this signal until it is stopped from here. */
static void go_on_with(int sig)
{
	expect("a stop of the guest that was sent a signal");
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
	int out[2], stops = 0;
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
	expect("fxbox to be executed");
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
		if (++stops > MOST_STOPS)
			fail("the guest is not in its loop after %d stops", stops);
		go_on_with(0);
	}
	expect("the guest to say where its site is");
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
	const char *lack;
	int sent = 0, status;
	FILE *in;

	if (argc != 5)
		return 2;
	in_hardware = strcmp(argv[4], "hardware") == 0;
	setvbuf(stdout, NULL, _IOLBF, 0);
	printf("1..1\n");
	lack = host_lacks("ptrace");
	lack = lack ? lack : host_lacks(in_hardware ? "hardware-breakpoints" : "single-step");
	if (lack) {
		printf("ok 1 - a signal at each instruction, %s, %s # SKIP %s\n", argv[3], argv[4],
		       lack);
		return 0;
	}
	signal(SIGALRM, give_up);
	share_a_cpu();
	in = start(argv[1], argv[2], argv[3]);
	warm_up();
	for (bool through = false; !through; sent++) {
		run_to_site();
		expect("single steps");
		for (int i = 0; i < sent && !through; i++) {
			step();
			through = registers().rip == behind;
		}
		go_on_with(SIGUSR1);
	}
	if (sent < FEWEST)
		fail("only %d instructions: the site is not patched", sent);
	expect("the guest to end");
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
	printf("ok 1 - a signal at each of %d instructions of a patched call, %s, %s\n", sent,
	       argv[3], argv[4]);
	return 0;
}
