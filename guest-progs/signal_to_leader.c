/* SPDX-License-Identifier: MIT */
/*
 * A signal to the process, sent by another thread while the first sleeps in a
 * read. Linux wakes the first thread with it, so the read ends with EINTR.
 * POSIX would let any thread have it.
 */
#include <signal.h>

#include "guest-progs/guest.h"

static volatile int handled, by_first;
static pid_t main_tid;
static int pipes[2];

static void handler(int signal)
{
	(void)signal;
	by_first = own_tid() == main_tid;
	handled = 1;
}

static void *sends(void *arg)
{
	await_sleep(&main_tid);
	kill(getpid(), SIGUSR1);
	await_that(handled);
	if (!by_first)
		need(write(pipes[1], "x", 1) == 1);
	return arg;
}

int main(void)
{
	struct sigaction action = {.sa_handler = handler};
	char c;

	main_tid = own_tid();
	sigaction(SIGUSR1, &action, NULL);
	need(pipe(pipes) == 0);
	for (int i = 0; i < 20; i++) {
		pthread_t thread;

		handled = 0;
		thread = start_thread(sends, NULL);
		say("read", read(pipes[0], &c, 1));
		pthread_join(thread, NULL);
	}
	return 0;
}
