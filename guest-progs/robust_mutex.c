/* SPDX-License-Identifier: MIT */
/* A robust mutex whose owner ends tells the next one, and can be made consistent. */
#include "guest-progs/guest.h"

static pthread_mutex_t mutex;
static int locked;

static void *dies_with_it(void *arg)
{
	pthread_mutex_lock(&mutex);
	__atomic_store_n(&locked, 1, __ATOMIC_RELEASE);
	if (arg) {
		const pid_t *waiter = arg;

		await_sleep(waiter);
	}
	pthread_exit(NULL);
}

static void *waits_for_it(void *arg)
{
	await_that(__atomic_load_n(&locked, __ATOMIC_ACQUIRE));
	__atomic_store_n((pid_t *)arg, own_tid(), __ATOMIC_RELEASE);
	printf("waiter: %s\n", errno_name(pthread_mutex_lock(&mutex)));
	printf("consistent: %s\n", errno_name(pthread_mutex_consistent(&mutex)));
	printf("unlock: %s\n", errno_name(pthread_mutex_unlock(&mutex)));
	return NULL;
}

int main(void)
{
	pthread_mutexattr_t attr;
	pthread_t owner, waiter;
	pid_t tid = 0;

	pthread_mutexattr_init(&attr);
	need(pthread_mutexattr_setrobust(&attr, PTHREAD_MUTEX_ROBUST) == 0);
	need(pthread_mutex_init(&mutex, &attr) == 0);

	owner = start_thread(dies_with_it, NULL);
	pthread_join(owner, NULL);
	printf("owner gone: %s\n", errno_name(pthread_mutex_lock(&mutex)));
	printf("consistent: %s\n", errno_name(pthread_mutex_consistent(&mutex)));
	printf("unlock: %s\n", errno_name(pthread_mutex_unlock(&mutex)));
	printf("lock: %s\n", errno_name(pthread_mutex_lock(&mutex)));
	printf("unlock: %s\n", errno_name(pthread_mutex_unlock(&mutex)));

	locked = 0;
	owner = start_thread(dies_with_it, &tid);
	waiter = start_thread(waits_for_it, &tid);
	pthread_join(owner, NULL);
	pthread_join(waiter, NULL);

	owner = start_thread(dies_with_it, NULL);
	pthread_join(owner, NULL);
	printf("owner gone again: %s\n", errno_name(pthread_mutex_trylock(&mutex)));
	printf("unlock, not consistent: %s\n", errno_name(pthread_mutex_unlock(&mutex)));
	printf("lock: %s\n", errno_name(pthread_mutex_lock(&mutex)));
	return 0;
}
