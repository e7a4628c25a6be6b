/* SPDX-License-Identifier: MIT */
/*
 * A thread that sends the first one a signal again and again, as the watcher of a runtime does, and
 * sleeps in between. The handler takes longer than a sleep. It is right: a sleeper that was always
 * early would keep the first from all else.
 */
#include <pthread.h>
#include <signal.h>
#include <time.h>

#define WORK	  10000
#define OF_SIGNAL 200

static int sum, done, sent;
static pthread_t first;

static void work(int times)
{
	while (times-- > 0)
		__atomic_fetch_add(&sum, 1, __ATOMIC_SEQ_CST);
}

static void handle(int sig)
{
	(void)sig;
	work(OF_SIGNAL);
	__atomic_store_n(&sent, 0, __ATOMIC_SEQ_CST);
}

static void *beat(void *unused)
{
	const struct timespec slice = {0, 1000000};

	while (!__atomic_load_n(&done, __ATOMIC_SEQ_CST)) {
		nanosleep(&slice, NULL);
		if (!__atomic_exchange_n(&sent, 1, __ATOMIC_SEQ_CST))
			pthread_kill(first, SIGUSR1);
	}
	return unused;
}

int main(void)
{
	pthread_t thread;

	first = pthread_self();
	signal(SIGUSR1, handle);
	pthread_create(&thread, NULL, beat, NULL);
	work(WORK);
	__atomic_store_n(&done, 1, __ATOMIC_SEQ_CST);
	pthread_join(thread, NULL);
	return 0;
}
