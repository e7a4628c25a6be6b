/* SPDX-License-Identifier: MIT */
/*
 * Signals to a process that waits in vfork: what kills it by default does so at once, and the child
 * goes on in the memory that they shared; what leaves a core, has a handler or is blocked waits
 * until the child is done, and what is ignored is nothing.
 */
#include <signal.h>
#include <sys/mman.h>
#include <sys/resource.h>

#include "guest-progs/guest.h"

enum how { DEFAULT, HANDLER, IGNORED, BLOCKED, HOWS };

static const char *const how_name[HOWS] = {"default", "handler", "ignored", "blocked"};

static struct shared {
	volatile pid_t child;
	volatile int go;     /* the child may end */
	volatile int ended;  /* it is about to */
	volatile int parent; /* whether it still had its parent then */
	volatile int early;  /* the handler had run before */
} * shared;

static volatile int handled;

static void handler(int signal)
{
	(void)signal;
	handled++;
}

/* In the memory of its parent, also when that is dead. */
static void child_of(pid_t parent)
{
	shared->child = getpid();
	while (!shared->go)
		sched_yield();
	shared->parent = getppid() == parent;
	shared->early = handled;
	shared->ended = 1;
	_exit(0);
}

static void waits_in_vfork(int sig, enum how how)
{
	struct sigaction action = {.sa_handler = how == HANDLER	  ? handler
						 : how == IGNORED ? SIG_IGN
								  : SIG_DFL};
	pid_t self = getpid();
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, sig);
	sigprocmask(how == BLOCKED ? SIG_BLOCK : SIG_UNBLOCK, &set, NULL);
	sigaction(sig, &action, NULL);
	if (vfork() == 0)
		child_of(self);
	sigpending(&set);
	_exit(handled << 1 | sigismember(&set, sig));
}

static void play(const char *name, int sig, enum how how, int at_once)
{
	pid_t parent;
	int status = 0;

	memset(shared, 0, sizeof(*shared));
	fflush(stdout);
	parent = fork();
	if (parent == 0)
		waits_in_vfork(sig, how);
	await_that(shared->child);
	kill(parent, sig);
	if (at_once)
		need(waitpid(parent, &status, 0) == parent);
	shared->go = 1;
	await_that(shared->ended);
	if (!at_once)
		need(waitpid(parent, &status, 0) == parent);
	printf("%s, %s: %s %d, the child had %s, %s\n", name, how_name[how],
	       WIFSIGNALED(status) ? "died of" : "status",
	       WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status),
	       shared->parent ? "its parent" : "none",
	       shared->early ? "a handler ran meanwhile" : "no handler ran meanwhile");
}

int main(void)
{
	static const struct rlimit no_core;

	setrlimit(RLIMIT_CORE, &no_core);
	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1,
		      0);
	need(shared != MAP_FAILED);
	play("SIGTERM", SIGTERM, DEFAULT, 1);
	play("SIGHUP", SIGHUP, DEFAULT, 1);
	play("SIGUSR1", SIGUSR1, DEFAULT, 1);
	play("SIGALRM", SIGALRM, DEFAULT, 1);
	play("SIGKILL", SIGKILL, DEFAULT, 1);
	play("a real-time signal", SIGRTMAX, DEFAULT, 1);
	play("SIGQUIT", SIGQUIT, DEFAULT, 0);
	play("SIGABRT", SIGABRT, DEFAULT, 0);
	play("SIGSEGV", SIGSEGV, DEFAULT, 0);
	play("SIGSYS", SIGSYS, DEFAULT, 0);
	play("SIGCHLD", SIGCHLD, DEFAULT, 0);
	play("SIGWINCH", SIGWINCH, DEFAULT, 0);
	for (enum how how = HANDLER; how < HOWS; how++) {
		play("SIGTERM", SIGTERM, how, 0);
		play("SIGQUIT", SIGQUIT, how, 0);
		play("SIGTRAP", SIGTRAP, how, 0);
		/* With a handler the child's own may come as a second one, or not. */
		if (how != HANDLER)
			play("SIGCHLD", SIGCHLD, how, 0);
	}
	return 0;
}
