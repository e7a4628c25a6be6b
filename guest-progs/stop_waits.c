/* SPDX-License-Identifier: MIT */
/*
 * A child is stopped and continued while it waits with a timeout. Most calls go on for the time
 * that is left: they are stopped again and again until they end, which they would never do if
 * they began anew each time. Some end with EINTR although there is no handler (signal(7)).
 */
#include "guest-progs/waits.h"

/* These end with EINTR: so the timeout is one that does not pass. */
static int is_interrupted(enum wait_call call)
{
	return call == EPOLL_WAIT || call == EPOLL_PWAIT2 || call == SIGTIMEDWAIT ||
	       call == SEMTIMEDOP || call == RECV_TIMEOUT;
}

static int *begun;

static void waits(enum wait_call call, int stop)
{
	long ms = is_interrupted(call) ? 100000 : 40, r;
	struct timespec since;
	int what = wait_prepare(call), error;

	clock_gettime(CLOCK_MONOTONIC, &since);
	__atomic_store_n(begun, 1, __ATOMIC_RELEASE);
	r = wait_once(call, what, ms);
	error = errno;
	wait_done(call, what);
	printf("%s, %s: ", stop == SIGSTOP ? "SIGSTOP" : "SIGTSTP", wait_name[call]);
	errno = error;
	say("result", r);
	if (!is_interrupted(call))
		printf("not before its time: %d\n", wait_elapsed(&since) >= ms);
	fflush(stdout);
	_exit(0);
}

/* True until the child has ended. */
static int stop_and_continue(pid_t child, int stop)
{
	int status;

	kill(child, stop);
	need(waitpid(child, &status, WUNTRACED) == child);
	if (WIFEXITED(status))
		return 0;
	need(WIFSTOPPED(status) && WSTOPSIG(status) == stop);
	kill(child, SIGCONT);
	need(waitpid(child, &status, WCONTINUED) == child);
	return !WIFEXITED(status);
}

static void play(enum wait_call call, int stop)
{
	pid_t child;
	int stops = 0;

	*begun = 0;
	fflush(stdout);
	child = fork();
	if (child == 0) {
		setpgid(0, 0); /* with its parent elsewhere in the session, it is not orphaned */
		waits(call, stop);
	}
	do {
		await_child_sleep(child, begun);
		stops++;
	} while (stop_and_continue(child, stop));
	need(!is_interrupted(call) || stops <= 2);
}

int main(void)
{
	begun = mmap(NULL, sizeof(*begun), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1,
		     0);
	need(begun != MAP_FAILED);
	for (enum wait_call call = 0; call < WAIT_CALLS; call++) {
		play(call, SIGSTOP);
		play(call, SIGTSTP);
	}
	return 0;
}
