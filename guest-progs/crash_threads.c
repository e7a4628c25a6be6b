/* SPDX-License-Identifier: MIT */
/*
 * Crashes while two other threads sleep and one spins: for what a debugger
 * makes of the core dump. With an argument it is killed by that signal
 * instead, as others would send it.
 */
#include <signal.h>
#include <stdint.h>

#include "guest-progs/guest.h"

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t condition = PTHREAD_COND_INITIALIZER;
static pid_t waiter_tid, sleeper_tid;
static volatile long turns;
static volatile uintptr_t nowhere = 16;

static void *waits(void *arg)
{
	__atomic_store_n(&waiter_tid, own_tid(), __ATOMIC_RELEASE);
	pthread_mutex_lock(&mutex);
	pthread_cond_wait(&condition, &mutex);
	return arg;
}

static void *sleeps(void *arg)
{
	__atomic_store_n(&sleeper_tid, own_tid(), __ATOMIC_RELEASE);
	sleep(1000);
	return arg;
}

static void *spins(void *arg)
{
	for (;; turns++)
		;
	return arg;
}

__attribute__((noinline)) static void crashes(volatile int *address)
{
	*address = 1;
}

int main(int argc, char **argv)
{
	start_thread(waits, NULL);
	start_thread(sleeps, NULL);
	start_thread(spins, NULL);
	await_sleep(&waiter_tid);
	await_sleep(&sleeper_tid);
	await_that(turns);
	if (argc > 1)
		raise(atoi(argv[1]));
	crashes((volatile int *)nowhere);
	return 0;
}
