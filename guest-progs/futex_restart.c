/* SPDX-License-Identifier: MIT */
/*
 * A call that is begun anew after a handler finds what there was when the handler had
 * run, and the handler what there was before: a lock that somebody has let go meanwhile
 * is taken after the handler, not before. Often enough for a busy call site.
 */
#include <signal.h>

#include "guest-progs/futex.h"

enum { ROUNDS = 50 };

static uint32_t word;
static uint32_t found;
static pid_t locker;

static void handler(int signal)
{
	(void)signal;
	__atomic_store_n(&found, __atomic_load_n(&word, __ATOMIC_SEQ_CST), __ATOMIC_SEQ_CST);
}

static void *lock(void *arg)
{
	long *result = arg;

	__atomic_store_n(&locker, own_tid(), __ATOMIC_RELEASE);
	*result = futex(&word, FUTEX_LOCK_PI_PRIVATE, 0, NULL, NULL, 0);
	if (*result == 0 &&
	    (__atomic_load_n(&word, __ATOMIC_SEQ_CST) & FUTEX_TID_MASK) != (uint32_t)own_tid())
		*result = 99;
	return NULL;
}

int main(void)
{
	struct sigaction action = {.sa_handler = handler};
	int not_free = 0, not_locked = 0;

	sigaction(SIGUSR1, &action, NULL);
	for (int i = 0; i < ROUNDS; i++) {
		pthread_t thread;
		long result;

		word = (uint32_t)own_tid();
		found = 1;
		locker = 0;
		thread = start_thread(lock, &result);
		await_sleep(&locker);
		/* Nobody is told of it: only the signal wakes the thread. */
		__atomic_store_n(&word, 0, __ATOMIC_SEQ_CST);
		pthread_kill(thread, SIGUSR1);
		pthread_join(thread, NULL);
		not_free += found != 0;
		not_locked += result != 0;
	}
	say("handlers that found the lock taken", not_free);
	say("locks not taken in the end", not_locked);
	return 0;
}
