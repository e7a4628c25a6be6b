/* SPDX-License-Identifier: MIT */
/*
 * For small programs that break under some schedules. Each file is two programs: as it is, one
 * with a bug; with -DRIGHT=1 one of the same shape without. zoo.txt lists them. The comment at the
 * head of each says what it is, which schedule breaks it, and what is done where it is right.
 *
 * WINDOW(n) stands where the order of threads matters, and is nothing but a look at a word that is
 * 0. In a witness, the same program with ZOO_WITNESS=MILLISECONDS in its environment, it forces
 * the order that breaks: windows are passed in the order of their numbers, each once; who comes to
 * one that has been passed goes on. So the witness of a bug fails every time. Where the order
 * cannot be had, because the program is right, windows are given up after so many milliseconds.
 */
#ifndef GUEST_PROGS_ZOO_ZOO_H
#define GUEST_PROGS_ZOO_ZOO_H

#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "guest-progs/zoo/witness.h"

#ifndef RIGHT
#define RIGHT 0
#endif

#define WINDOW(n)                                                                                  \
	do {                                                                                       \
		if (zoo_patience)                                                                  \
			zoo_window(n);                                                             \
	} while (0)
#define SETTLE(n)                                                                                  \
	do {                                                                                       \
		if (zoo_patience)                                                                  \
			zoo_settle(n);                                                             \
	} while (0)

/* The windows n to n + count: each of so many threads waits for the others. */
#define MEET(n, id, count)                                                                         \
	do {                                                                                       \
		WINDOW((n) + (id));                                                                \
		WINDOW((n) + (count));                                                             \
	} while (0)

/* What the program promises. */
#define check(condition)                                                                           \
	do {                                                                                       \
		if (!(condition))                                                                  \
			zoo_broken(__FILE__, __LINE__, #condition);                                \
	} while (0)

static inline void zoo_broken(const char *file, int line, const char *condition)
{
	dprintf(2, "%s:%d: not so: %s\n", file, line, condition);
	abort();
}

/* For those that notice, and end with a status. */
static inline void wrong(const char *what)
{
	dprintf(2, "wrong: %s\n", what);
	exit(1);
}

/* Some system call: a place where every scheduler may switch. */
static inline void work(void)
{
	(void)getppid();
}

static inline pthread_t start(void *(*routine)(void *), void *arg)
{
	pthread_t thread;

	check(pthread_create(&thread, NULL, routine, arg) == 0);
	return thread;
}

static inline void join(pthread_t thread)
{
	check(pthread_join(thread, NULL) == 0);
}

/* Threads that are numbered get their number as what it points to. */
static inline void *numbered(int id)
{
	static int ids[] = {0, 1, 2, 3};

	return &ids[id];
}

static inline int number_of(void *arg)
{
	return *(int *)arg;
}

/* So many threads of one routine, numbered, until they have ended. */
static inline void run(int count, void *(*routine)(void *))
{
	pthread_t threads[4];
	int i;

	for (i = 0; i < count; i++)
		threads[i] = start(routine, numbered(i));
	for (i = 0; i < count; i++)
		join(threads[i]);
}

/* Two routines beside each other. */
static inline void run_two(void *(*one)(void *), void *(*other)(void *))
{
	pthread_t a = start(one, numbered(0)), b = start(other, numbered(1));

	join(a);
	join(b);
}

#ifndef __cplusplus

/* Loads and stores that are one plain instruction, and locked ones. */
#define get(word)	    __atomic_load_n(&(word), __ATOMIC_ACQUIRE)
#define set(word, value)    __atomic_store_n(&(word), value, __ATOMIC_RELEASE)
#define add(word, value)    __atomic_fetch_add(&(word), value, __ATOMIC_SEQ_CST)
#define swap(word, value)   __atomic_exchange_n(&(word), value, __ATOMIC_SEQ_CST)
#define cas(word, old, new) zoo_cas(&(word), old, new)

static inline int zoo_cas(int *word, int old, int new_value)
{
	return __atomic_compare_exchange_n(word, &old, new_value, 0, __ATOMIC_SEQ_CST,
					   __ATOMIC_SEQ_CST);
}

/* FUTEX_WAIT and FUTEX_WAKE, private; musl-gcc may not have the kernel's headers. */
static inline void futex_wait(int *word, int value)
{
	syscall(SYS_futex, word, 128, value, NULL, NULL, 0);
}

static inline void futex_wake(int *word, int count)
{
	syscall(SYS_futex, word, 129, count, NULL, NULL, 0);
}

#endif

#endif
