/* SPDX-License-Identifier: MIT */
/*
 * Signals to the process while its first thread blocks and unblocks them, and
 * three threads send and make system calls of their own. Each signal is
 * handled, by whichever thread, before its sender sends the next: none is
 * lost, none comes twice.
 */
#include <signal.h>
#include <sys/wait.h>

#include "guest-progs/guest.h"

enum { SENDERS = 3, ROUNDS = 1000 };

static const int signals[SENDERS] = {SIGUSR1, SIGUSR2, SIGHUP};
static volatile int handled[SENDERS], senders_left = SENDERS;

static void handler(int signal)
{
	for (int i = 0; i < SENDERS; i++)
		if (signals[i] == signal)
			__atomic_add_fetch(&handled[i], 1, __ATOMIC_SEQ_CST);
}

static void *sends(void *arg)
{
	int which = (int)(long)arg;

	for (int round = 1; round <= ROUNDS; round++) {
		kill(getpid(), signals[which]);
		await_that(handled[which] >= round);
	}
	__atomic_sub_fetch(&senders_left, 1, __ATOMIC_SEQ_CST);
	return NULL;
}

int main(void)
{
	struct sigaction action = {.sa_handler = handler};
	pthread_t threads[SENDERS];
	sigset_t all, old;

	sigfillset(&all);
	for (int i = 0; i < SENDERS; i++)
		sigaction(signals[i], &action, NULL);
	for (int i = 0; i < SENDERS; i++)
		threads[i] = start_thread(sends, (void *)(long)i);
	for (int turn = 0; senders_left; turn++) {
		pthread_sigmask(SIG_BLOCK, &all, &old);
		if (turn % 64 == 0) {
			pid_t child = fork();

			/* What its parent has not handled yet is none of the child's. */
			if (child == 0) {
				int before = handled[0] + handled[1] + handled[2];

				pthread_sigmask(SIG_SETMASK, &old, NULL);
				sched_yield();
				_exit(handled[0] + handled[1] + handled[2] != before);
			}
			need(child > 0);
			int status = -1;
			need(waitpid(child, &status, 0) == child && status == 0);
		}
		pthread_sigmask(SIG_SETMASK, &old, NULL);
	}
	for (int i = 0; i < SENDERS; i++) {
		pthread_join(threads[i], NULL);
		say("handled", handled[i]);
	}
	return 0;
}
