/* SPDX-License-Identifier: MIT */
/* Four threads send queued signals to the first, which works all the time. None is lost. */
#include <semaphore.h>
#include <signal.h>

#include "guest-progs/guest.h"

#define SENDERS 4
#define ROUNDS	2000

static volatile int handled[SENDERS];
static volatile int sums[SENDERS];
static pthread_t first;

static void handler(int signal, siginfo_t *info, void *context)
{
	(void)context;
	handled[signal - SIGRTMIN]++;
	sums[signal - SIGRTMIN] += info->si_value.sival_int;
}

static void *sender(void *arg)
{
	int which = (int)(long)arg;

	for (int i = 0; i < ROUNDS; i++) {
		while (pthread_sigqueue(first, SIGRTMIN + which, (union sigval){.sival_int = i}) ==
		       EAGAIN)
			sched_yield();
	}
	return arg;
}

int main(void)
{
	struct sigaction action = {.sa_sigaction = handler, .sa_flags = SA_SIGINFO | SA_RESTART};
	pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
	pthread_t threads[SENDERS];
	int pipes[2], wrong = 0, all = 0;
	char c;

	first = pthread_self();
	need(pipe(pipes) == 0);
	for (long i = 0; i < SENDERS; i++) {
		sigaction(SIGRTMIN + (int)i, &action, NULL);
		threads[i] = start_thread(sender, (void *)i);
	}
	while (all < SENDERS * ROUNDS) {
		wrong += pthread_mutex_lock(&mutex) != 0;
		wrong += write(pipes[1], "x", 1) != 1;
		wrong += read(pipes[0], &c, 1) != 1;
		wrong += getppid() <= 0;
		wrong += pthread_mutex_unlock(&mutex) != 0;
		all = 0;
		for (int i = 0; i < SENDERS; i++)
			all += handled[i];
	}
	for (int i = 0; i < SENDERS; i++) {
		pthread_join(threads[i], NULL);
		printf("signal %d: %d, sum %d\n", i, handled[i], sums[i]);
	}
	printf("wrong %d\n", wrong);
	return 0;
}
