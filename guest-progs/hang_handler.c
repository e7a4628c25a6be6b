/* SPDX-License-Identifier: MIT */
/* All threads wait until a handler of SIGUSR1 posts a semaphore: not a hang, if somebody sends one.
 */
#include <semaphore.h>
#include <signal.h>

#include "guest-progs/guest.h"

static sem_t sem;

static void post(int signal)
{
	(void)signal;
	sem_post(&sem);
}

static void *waits(void *arg)
{
	while (sem_wait(&sem) < 0)
		need(errno == EINTR);
	puts("posted");
	return arg;
}

int main(void)
{
	sem_init(&sem, 0, 0);
	signal(SIGUSR1, post);
	pthread_join(start_thread(waits, NULL), NULL);
	return 0;
}
