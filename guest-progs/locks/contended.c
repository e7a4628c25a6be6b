/* SPDX-License-Identifier: MIT */
/*
 * Two locks and a condition that are waited for, each as often as the argument says and each time
 * longer than 20 microseconds: whoever has the lock sees the other one asleep, and then lets 50
 * more go by. The names of the functions, and the comments `here: ...`, are what a profile has.
 */
#include "guest-progs/guest.h"

#include <pthread.h>

static pthread_mutex_t ledger = PTHREAD_MUTEX_INITIALIZER;
static struct {
	int days;
	pthread_mutex_t gate;
} office = {.gate = PTHREAD_MUTEX_INITIALIZER};
static pthread_cond_t morning = PTHREAD_COND_INITIALIZER;
static pthread_mutex_t night = PTHREAD_MUTEX_INITIALIZER;

static pid_t clerk_tid;
static int turn;     /* of the clerk, whose lock is held */
static int entries;  /* under the ledger */
static int mornings; /* under the night */

static void let_pass(void)
{
	struct timespec begin, now;

	await_sleep(&clerk_tid);
	clock_gettime(CLOCK_MONOTONIC, &begin);
	do
		clock_gettime(CLOCK_MONOTONIC, &now);
	while ((now.tv_sec - begin.tv_sec) * 1000000000L + now.tv_nsec - begin.tv_nsec < 50000);
}

__attribute__((noinline)) static void post_entry(void)
{
	pthread_mutex_lock(&ledger); /* here: waits */
	entries++;
	pthread_mutex_unlock(&ledger);
}

__attribute__((noinline)) static void enter_office(void)
{
	pthread_mutex_lock(&office.gate);
	pthread_mutex_unlock(&office.gate);
}

__attribute__((noinline)) static void await_morning(int day)
{
	pthread_mutex_lock(&night);
	while (mornings < day)
		pthread_cond_wait(&morning, &night);
	pthread_mutex_unlock(&night);
}

static void await_turn(int n)
{
	while (__atomic_load_n(&turn, __ATOMIC_ACQUIRE) < n)
		sched_yield();
}

static void *clerk(void *arg)
{
	const int days = *(const int *)arg;

	__atomic_store_n(&clerk_tid, (pid_t)syscall(SYS_gettid), __ATOMIC_RELEASE);
	for (int day = 1; day <= days; day++) {
		await_turn(3 * day - 2);
		post_entry();
		await_turn(3 * day - 1);
		enter_office();
		await_turn(3 * day);
		await_morning(day);
	}
	return NULL;
}

static void next_turn(void)
{
	__atomic_add_fetch(&turn, 1, __ATOMIC_RELEASE);
	let_pass();
}

__attribute__((noinline)) static void close_books(void)
{
	pthread_mutex_lock(&ledger);
	next_turn();
	pthread_mutex_unlock(&ledger); /* here: releases */
}

__attribute__((noinline)) static void open_gate(void)
{
	pthread_mutex_lock(&office.gate);
	next_turn();
	pthread_mutex_unlock(&office.gate);
}

__attribute__((noinline)) static void ring_bell(void)
{
	next_turn();
	pthread_mutex_lock(&night);
	mornings++;
	pthread_cond_signal(&morning);
	pthread_mutex_unlock(&night);
}

int main(int argc, char **argv)
{
	int days = argc > 1 ? atoi(argv[1]) : 3;
	pthread_t thread;

	need(pthread_create(&thread, NULL, clerk, &days) == 0);
	for (int day = 0; day < days; day++) {
		close_books();
		open_gate();
		ring_bell();
		office.days++;
	}
	pthread_join(thread, NULL);
	printf("%d entries, %d mornings, %d days\n", entries, mornings, office.days);
	return 0;
}
