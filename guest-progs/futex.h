/* SPDX-License-Identifier: MIT */
/* futex(2) as a function, for guest programs. */
#ifndef GUEST_PROGS_FUTEX_H
#define GUEST_PROGS_FUTEX_H

#include <linux/futex.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include "guest-progs/guest.h"

static inline long futex(const void *uaddr, int op, uint32_t val, const void *timeout,
			 const void *uaddr2, uint32_t val3)
{
	return syscall(SYS_futex, uaddr, op, val, timeout, uaddr2, val3);
}

/* As futex, with the count that some operations have in place of the timeout. */
static inline long futex2(const void *uaddr, int op, uint32_t val, long val2, const void *uaddr2,
			  uint32_t val3)
{
	return syscall(SYS_futex, uaddr, op, val, val2, uaddr2, val3);
}

static inline struct timespec in_milliseconds(clockid_t clock, long ms)
{
	struct timespec t;

	clock_gettime(clock, &t);
	t.tv_nsec += ms % 1000 * 1000000;
	t.tv_sec += ms / 1000 + t.tv_nsec / 1000000000;
	t.tv_nsec %= 1000000000;
	return t;
}

/* A thread that waits once, and what it got. */
struct futex_waiter {
	uint32_t *word;
	int op;
	uint32_t val;
	uint32_t bitset;
	const struct timespec *timeout;
	pid_t tid;
	long result;
	int error;
	pthread_t thread;
};

static inline void *futex_wait_routine(void *arg)
{
	struct futex_waiter *w = arg;

	__atomic_store_n(&w->tid, own_tid(), __ATOMIC_RELEASE);
	w->result = futex(w->word, w->op, w->val, w->timeout, NULL, w->bitset);
	w->error = errno;
	return NULL;
}

/* Returns when the thread sleeps in its wait. */
static inline void futex_waiter_start(struct futex_waiter *w)
{
	w->tid = 0;
	w->thread = start_thread(futex_wait_routine, w);
	await_sleep(&w->tid);
}

static inline void futex_waiter_say(const char *what, struct futex_waiter *w)
{
	pthread_join(w->thread, NULL);
	errno = w->error;
	say(what, w->result);
}

#endif
