/* SPDX-License-Identifier: MIT */
/*
 * A mutex and a condition made of futex(2); a broadcast wakes one and moves the others to the
 * mutex.
 *
 * Breaks: two wait, and the one that is woken finds the mutex free and takes it with 1, which says
 * that nobody waits for it. Right: it takes it with 2.
 */
#include "guest-progs/zoo/zoo.h"

static int word, sequence, go, gone;

static void lock_contended(void)
{
	while (swap(word, 2) != 0)
		futex_wait(&word, 2);
}

static void lock(void)
{
	if (!cas(word, 0, 1))
		lock_contended();
}

static void unlock(void)
{
	if (swap(word, 0) == 2)
		futex_wake(&word, 1);
}

static void wait(void)
{
	int seen = get(sequence);

	unlock();
	futex_wait(&sequence, seen);
	WINDOW(3);
	if (RIGHT)
		lock_contended();
	else
		lock();
}

/* With the mutex. FUTEX_CMP_REQUEUE, private: one is woken, any number moved. */
static void broadcast(void)
{
	int now = add(sequence, 1) + 1;

	syscall(SYS_futex, &sequence, 128 | 4, 1, 1000L, &word, now);
}

static void *waiter(void *arg)
{
	lock();
	while (!go)
		wait();
	gone++;
	unlock();
	return arg;
}

int main(void)
{
	pthread_t a = start(waiter, NULL), b = start(waiter, NULL);

	SETTLE(1);
	lock();
	go = 1;
	broadcast();
	unlock();
	WINDOW(2);
	join(a);
	join(b);
	check(gone == 2);
	return 0;
}
