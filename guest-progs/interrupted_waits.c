/* SPDX-License-Identifier: MIT */
/*
 * Signals that come while a process waits with a timeout. Those that nobody wants, by default or
 * by SIG_IGN, come again and again, and the wait ends when its time is over; one with a handler
 * ends it, or has it begun anew, with SA_RESTART or without.
 */
#include "guest-progs/waits.h"

enum kind { CHLD, WINCH, URG, IGNORED, TRAP_IGNORED, SYS_BLOCKED, HANDLER, RESTARTS, KINDS };

static const char *const kind_name[KINDS] = {
	"SIGCHLD",	   "SIGWINCH",	     "SIGURG",	"ignored",
	"SIGTRAP ignored", "SIGSYS blocked", "handler", "SA_RESTART",
};

static int *begun;
static volatile int handled;

static void handler(int signal)
{
	(void)signal;
	handled++;
}

static int signal_of(enum kind kind)
{
	static const int signals[KINDS] = {SIGCHLD, SIGWINCH, SIGURG,  SIGUSR1,
					   SIGTRAP, SIGSYS,   SIGUSR1, SIGUSR1};

	return signals[kind];
}

/* These end with EINTR: so the timeout is one that does not pass. */
static int is_interrupted(enum wait_call call, enum kind kind)
{
	if (kind < HANDLER || call == FUTEX_LOCK || call == FUTEX_REQUEUED)
		return 0;
	return !(call == FUTEX_VECTOR && kind == RESTARTS);
}

static void waits(enum wait_call call, enum kind kind)
{
	struct sigaction action = {.sa_handler = kind < HANDLER ? SIG_IGN : handler,
				   .sa_flags = kind == RESTARTS ? SA_RESTART : 0};
	long ms = is_interrupted(call, kind) ? 100000 : 20, r;
	struct timespec since;
	int what = wait_prepare(call), error;
	sigset_t set;

	if (kind >= IGNORED)
		sigaction(signal_of(kind), &action, NULL);
	if (kind == SYS_BLOCKED) {
		sigemptyset(&set);
		sigaddset(&set, SIGSYS);
		sigprocmask(SIG_BLOCK, &set, NULL);
	}
	clock_gettime(CLOCK_MONOTONIC, &since);
	__atomic_store_n(begun, 1, __ATOMIC_RELEASE);
	r = wait_once(call, what, ms);
	error = errno;
	wait_done(call, what);
	printf("%s, %s, ", wait_name[call], kind_name[kind]);
	errno = error;
	say("result", r);
	if (is_interrupted(call, kind))
		printf("handled %d\n", handled == 1);
	else
		printf("not before its time: %d\n", wait_elapsed(&since) >= ms);
	fflush(stdout);
	_exit(0);
}

static void play(enum wait_call call, enum kind kind)
{
	int status;
	pid_t child;

	*begun = 0;
	fflush(stdout);
	child = fork();
	if (child == 0)
		waits(call, kind);
	await_child_sleep(child, begun);
	kill(child, signal_of(kind));
	while (!is_interrupted(call, kind) && process_state(child) != 'Z') {
		kill(child, signal_of(kind));
		sched_yield();
	}
	need(waitpid(child, &status, 0) == child);
	need(WIFEXITED(status));
}

int main(void)
{
	begun = mmap(NULL, sizeof(*begun), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1,
		     0);
	need(begun != MAP_FAILED);
	for (enum wait_call call = 0; call < WAIT_CALLS; call++)
		for (enum kind kind = 0; kind < KINDS; kind++)
			play(call, kind);
	return 0;
}
