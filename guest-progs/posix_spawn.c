/* SPDX-License-Identifier: MIT */
/*
 * posix_spawn by a process that handles 60 signals and has other threads: the
 * child starts with defaults, the parent's handlers stay.
 */
#include <signal.h>
#include <spawn.h>

#include "guest-progs/guest.h"

static volatile int handled;
static int stop;

static void handler(int signal)
{
	(void)signal;
	handled++;
}

static void *spins(void *arg)
{
	while (!__atomic_load_n(&stop, __ATOMIC_RELAXED))
		sched_yield();
	return arg;
}

int main(void)
{
	char *const argv[] = {"sh", "-c", "kill -USR1 $$; exit 1", NULL};
	struct sigaction action = {.sa_handler = handler}, now;
	posix_spawn_file_actions_t files;
	posix_spawnattr_t attr;
	pthread_t thread;
	int installed = 0, left = 0;
	sigset_t all;
	pid_t child;

	for (int i = 1; i < 65; i++) {
		if (i == SIGKILL || i == SIGSTOP || i == SIGCHLD || i == 32 || i == 33)
			continue;
		installed += sigaction(i, &action, NULL) == 0;
	}
	thread = start_thread(spins, NULL);
	posix_spawn_file_actions_init(&files);
	posix_spawn_file_actions_addopen(&files, 1, "/dev/null", O_WRONLY, 0);
	posix_spawnattr_init(&attr);
	sigfillset(&all);
	posix_spawnattr_setsigdefault(&attr, &all);
	posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETSIGDEF);
	for (int i = 0; i < 20; i++) {
		int status;

		need(posix_spawn(&child, "/bin/sh", &files, &attr, argv, environ) == 0);
		need(waitpid(child, &status, 0) == child);
		need(WIFSIGNALED(status) && WTERMSIG(status) == SIGUSR1);
	}
	printf("missing file: %s\n",
	       errno_name(posix_spawn(&child, "/no/such/file", NULL, &attr, argv, environ)));
	stop = 1;
	pthread_join(thread, NULL);
	for (int i = 1; i < 65; i++)
		left += sigaction(i, NULL, &now) == 0 && now.sa_handler == handler;
	raise(SIGUSR1);
	printf("installed %d, left %d, handled %d\n", installed, left, handled);
	return 0;
}
