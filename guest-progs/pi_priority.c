/* SPDX-License-Identifier: MIT */
/*
 * Waiters of a lock with priority inheritance get it by real-time priority, not by
 * age. Where the machine does not allow real-time scheduling, it says so and no more.
 */
#include <sched.h>

#include "guest-progs/futex.h"

static uint32_t word;
static int order[4], got;

struct waiter {
	pid_t tid;
	int priority; /* 0: SCHED_OTHER */
	int allowed;
	pthread_t thread;
};

static void *wait_for_lock(void *arg)
{
	struct waiter *w = arg;
	struct sched_param param = {.sched_priority = w->priority};

	w->allowed = !w->priority || sched_setscheduler(0, SCHED_FIFO, &param) == 0;
	__atomic_store_n(&w->tid, own_tid(), __ATOMIC_RELEASE);
	need(futex(&word, FUTEX_LOCK_PI_PRIVATE, 0, NULL, NULL, 0) == 0);
	order[got++] = w->priority; /* owning the lock */
	need(futex(&word, FUTEX_UNLOCK_PI_PRIVATE, 0, NULL, NULL, 0) == 0);
	return NULL;
}

int main(void)
{
	struct waiter waiter[] = {
		{.priority = 10}, {.priority = 0}, {.priority = 30}, {.priority = 20}};
	int allowed = 1;

	need(futex(&word, FUTEX_LOCK_PI_PRIVATE, 0, NULL, NULL, 0) == 0);
	for (int i = 0; i < 4; i++) {
		waiter[i].thread = start_thread(wait_for_lock, &waiter[i]);
		await_sleep(&waiter[i].tid);
		allowed &= waiter[i].allowed;
	}
	need(futex(&word, FUTEX_UNLOCK_PI_PRIVATE, 0, NULL, NULL, 0) == 0);
	for (int i = 0; i < 4; i++)
		pthread_join(waiter[i].thread, NULL);
	if (!allowed)
		puts("real-time scheduling is not allowed here");
	else
		printf("%d %d %d %d\n", order[0], order[1], order[2], order[3]);
	return 0;
}
