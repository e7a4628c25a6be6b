/* SPDX-License-Identifier: MIT */
/* A hundred threads wait on one word, one after the other, and are woken in that order. */
#include "guest-progs/futex.h"

#define WAITERS 100

static uint32_t word;
static int woken[WAITERS];
static int count;

struct waiter {
	pid_t tid;
	int number;
	pthread_t thread;
};

static void *wait_once(void *arg)
{
	struct waiter *w = arg;

	__atomic_store_n(&w->tid, own_tid(), __ATOMIC_RELEASE);
	futex(&word, FUTEX_WAIT_PRIVATE, 0, NULL, NULL, 0);
	woken[__atomic_load_n(&count, __ATOMIC_ACQUIRE)] = w->number;
	__atomic_add_fetch(&count, 1, __ATOMIC_RELEASE);
	return NULL;
}

int main(void)
{
	static struct waiter waiter[WAITERS];
	int in_order = 0;

	for (int i = 0; i < WAITERS; i++) {
		waiter[i].number = i;
		waiter[i].thread = start_thread(wait_once, &waiter[i]);
		await_sleep(&waiter[i].tid);
	}
	for (int i = 0; i < WAITERS; i++) {
		need(futex(&word, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0) == 1);
		await_that(__atomic_load_n(&count, __ATOMIC_ACQUIRE) > i);
		in_order += woken[i] == i;
	}
	for (int i = 0; i < WAITERS; i++)
		pthread_join(waiter[i].thread, NULL);
	printf("%d of %d in order\n", in_order, WAITERS);
	return 0;
}
