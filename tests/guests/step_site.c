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
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#define PUSHFQ	   0x9c
#define TF	   0x100
#define MOST_STEPS 20000
#define WARM_UP	   3  /* calls; of which the first traps */
#define FEWEST	   60 /* instructions of a patched call; a trap has two at the guest's side */

static pid_t guest;
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

/* Its own breakpoint, and not a step of ours. */
static bool is_guests_trap(void)
{
	siginfo_t info;

	if (ptrace(PTRACE_GETSIGINFO, guest, NULL, &info) < 0)
		fail("PTRACE_GETSIGINFO");
	return info.si_code == SI_KERNEL;
}

/* One instruction. Signals of the guest's own, as SIGSYS, go on to it. */
static void step(void)
{
	static int pass;
	unsigned long rip = registers().rip;
	long code = ptrace(PTRACE_PEEKTEXT, guest, rip, NULL);
	int sig;

	if (ptrace(PTRACE_SINGLESTEP, guest, NULL, pass) < 0)
		fail("PTRACE_SINGLESTEP");
	pass = 0;
	sig = wait_stop();
	if (sig != SIGTRAP || is_guests_trap())
		pass = sig;
	/* The flag is the debugger's; the program would not have seen it. */
	if ((code & 0xff) == PUSHFQ && sig == SIGTRAP) {
		unsigned long sp = registers().rsp;
		long flags = ptrace(PTRACE_PEEKDATA, guest, sp, NULL);

		ptrace(PTRACE_POKEDATA, guest, sp, flags & ~(long)TF);
	}
}

static void step_to(unsigned long rip)
{
	for (int i = 0; i < MOST_STEPS; i++) {
		if (registers().rip == rip)
			return;
		step();
	}
	fail("0x%lx is not reached", rip);
}

/* Lets the guest go on with this signal until it is stopped from here. */
static void go_on_with(int sig)
{
	if (ptrace(PTRACE_CONT, guest, NULL, sig) < 0 || kill(guest, SIGSTOP) < 0)
		fail("PTRACE_CONT");
	for (;;) {
		int stop = wait_stop();

		if (stop == SIGSTOP)
			return;
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

int main(int argc, char **argv)
{
	char report[200] = "", expected[200];
	int sent = 0, status;
	FILE *in;

	if (argc != 4)
		return 2;
	setvbuf(stdout, NULL, _IOLBF, 0);
	printf("1..1\n");
	in = start(argv[1], argv[2], argv[3]);
	for (int i = 0; i < WARM_UP; i++) {
		step_to(site);
		step_to(behind);
	}
	for (bool through = false; !through; sent++) {
		step_to(site);
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
