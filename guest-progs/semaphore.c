/* SPDX-License-Identifier: MIT */
/* Two threads hand a token to and fro through private semaphores. */
#include <semaphore.h>

#include "guest-progs/guest.h"

#define ROUNDS 20000

static sem_t ping, pong;

static void *player(void *arg)
{
	for (int i = 0; i < ROUNDS; i++) {
		sem_wait(&ping);
		sem_post(&pong);
	}
	return arg;
}

int main(void)
{
	struct timespec past = {1, 0};
	pthread_t thread;
	int value;

	sem_init(&ping, 0, 0);
	sem_init(&pong, 0, 0);
	thread = start_thread(player, NULL);
	for (int i = 0; i < ROUNDS; i++) {
		sem_post(&ping);
		sem_wait(&pong);
	}
	pthread_join(thread, NULL);
	sem_getvalue(&ping, &value);
	printf("%d rounds, %d left\n", ROUNDS, value);
	say("trywait", sem_trywait(&ping));
	say("timedwait", sem_timedwait(&ping, &past));
	return 0;
}
