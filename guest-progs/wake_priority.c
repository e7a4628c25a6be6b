/* SPDX-License-Identifier: MIT */
/*
 * Waiters on any futex are woken by real-time priority, then by age; also when
 * they were requeued, or wait for several words. Where the machine does not
 * allow real-time scheduling, it says so and no more.
 */
#include <sched.h>

#include "guest-progs/futex.h"

enum { WAITERS = 6 };

static uint32_t word, other;
static int order[WAITERS], got;

struct waiter {
	pid_t tid;
	int number;
	int priority; /* 0: SCHED_OTHER */
	int vector;
	int allowed;
	pthread_t thread;
};

struct futex_word { /* struct futex_waitv */
	uint64_t val, uaddr;
	uint32_t flags, reserved;
};

static void *waits(void *arg)
{
	struct waiter *w = arg;
	struct sched_param param = {.sched_priority = w->priority};
	struct futex_word one = {.uaddr = (uintptr_t)&word, .flags = 2 | FUTEX_PRIVATE_FLAG};

	w->allowed = !w->priority || sched_setscheduler(0, SCHED_FIFO, &param) == 0;
	__atomic_store_n(&w->tid, own_tid(), __ATOMIC_RELEASE);
	if (w->vector)
		need(syscall(449 /* futex_waitv */, &one, 1, 0, NULL, 0) == 0);
	else
		need(futex(&word, FUTEX_WAIT_PRIVATE, 0, NULL, NULL, 0) == 0);
	order[__atomic_fetch_add(&got, 1, __ATOMIC_SEQ_CST)] = w->number;
	return NULL;
}

static void run(const char *how, const uint32_t *woken, int vector)
{
	static const int priorities[WAITERS] = {0, 10, 0, 30, 10, 20};
	struct waiter waiter[WAITERS];
	int allowed = 1;

	got = 0;
	for (int i = 0; i < WAITERS; i++) {
		waiter[i] = (struct waiter){
			.number = i, .priority = priorities[i], .vector = vector && i % 2};
		waiter[i].thread = start_thread(waits, &waiter[i]);
		await_sleep(&waiter[i].tid);
		allowed &= waiter[i].allowed;
	}
	if (woken != &word)
		need(futex2(&word, FUTEX_REQUEUE_PRIVATE, 0, WAITERS, woken, 0) == WAITERS);
	for (int i = 0; i < WAITERS; i++) {
		need(futex(woken, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0) == 1);
		await_that(__atomic_load_n(&got, __ATOMIC_SEQ_CST) != i);
	}
	for (int i = 0; i < WAITERS; i++)
		pthread_join(waiter[i].thread, NULL);
	if (!allowed) {
		puts("real-time scheduling is not allowed here");
		return;
	}
	printf("%s:", how);
	for (int i = 0; i < WAITERS; i++)
		printf(" %d", order[i]);
	putchar('\n');
}

int main(void)
{
	run("woken", &word, 0);
	run("requeued", &other, 0);
	run("some with vectors", &word, 1);
	return 0;
}
