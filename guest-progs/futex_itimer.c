/* SPDX-License-Identifier: MIT */
/* A timer fires all the time while two threads hand a token to and fro by futexes. */
#include <signal.h>
#include <sys/time.h>

#include "guest-progs/futex.h"

#define ROUNDS 20000

static uint32_t turn;
static volatile int ticks;
static long odd_results;

static void tick(int signal)
{
	(void)signal;
	ticks++;
}

static void play(uint32_t own)
{
	for (int i = 0; i < ROUNDS; i++) {
		while (__atomic_load_n(&turn, __ATOMIC_SEQ_CST) != own) {
			long r = futex(&turn, FUTEX_WAIT_PRIVATE, !own, NULL, NULL, 0);

			if (r != 0 && errno != EINTR && errno != EAGAIN)
				odd_results++;
		}
		__atomic_store_n(&turn, !own, __ATOMIC_SEQ_CST);
		if (futex(&turn, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0) < 0)
			odd_results++;
	}
}

static void *other(void *arg)
{
	play(1);
	return arg;
}

int main(void)
{
	struct itimerval storm = {{0, 200}, {0, 200}}, off = {0};
	struct sigaction action = {.sa_handler = tick};
	pthread_t thread;

	sigaction(SIGALRM, &action, NULL);
	setitimer(ITIMER_REAL, &storm, NULL);
	thread = start_thread(other, NULL);
	play(0);
	pthread_join(thread, NULL);
	setitimer(ITIMER_REAL, &off, NULL);
	printf("%d rounds, odd results %ld, ticked %d\n", ROUNDS, odd_results, ticks > 0);
	return 0;
}
