/* SPDX-License-Identifier: MIT */
/* Two threads hand a token to and fro through private semaphores. */
#include <semaphore.h>

#include "guest-progs/guest.h"

#define ROUNDS 20000

static int rounds;
static sem_t ping, pong;

static void *player(void *arg)
{
	for (int i = 0; i < rounds; i++) {
		sem_wait(&ping);
		sem_post(&pong);
	}
	return arg;
}

int main(int argc, char **argv)
{
	struct timespec past = {1, 0};
	pthread_t thread;
	int value;

	rounds = rounds_of(argc, argv, ROUNDS);
	sem_init(&ping, 0, 0);
	sem_init(&pong, 0, 0);
	thread = start_thread(player, NULL);
	for (int i = 0; i < rounds; i++) {
		sem_post(&ping);
		sem_wait(&pong);
	}
	pthread_join(thread, NULL);
	sem_getvalue(&ping, &value);
	printf("%d rounds, %d left\n", rounds, value);
	say("trywait", sem_trywait(&ping));
	say("timedwait", sem_timedwait(&ping, &past));
	return 0;
}
