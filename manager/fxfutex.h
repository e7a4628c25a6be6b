/* SPDX-License-Identifier: MIT */
/*
 * libfxfutex: Linux futexes inside one process, as a library for any program on
 * POSIX threads or on Windows, and four things that the kernel does not have: a wait with a
 * function instead of a thread, a vectored wait of any length, a question for
 * the owner of a lock, and a wake when a thread ends.
 *
 * Link with `pkg-config --cflags --libs fxfutex`.
 *
 * Words are 32 bits, aligned to 4 bytes, read and written by their users with
 * atomic operations. Every function may be called by any number of threads at
 * once. Results are those of futex(2), failures negative errno values of Linux's, on
 * Windows too, where <errno.h> has others (enum fxfutex_error). A bitset is
 * FXFUTEX_ANY, or what a wake's bitset must share a bit with. A deadline is
 * absolute, on CLOCK_REALTIME or CLOCK_MONOTONIC, or NULL for none.
 *
 * A C compiler of another machine needs lock-free atomics of 32 bits and of a pointer.
 *
 * Signals: none ends a wait, so no function returns -EINTR; handlers run, and the
 * wait goes on. A handler must not call the library.
 *
 * Fork: a child has no use for the tables of its parent, whose waiters it has not
 * got: it may free them, and make its own. A structure for the thread's end that the
 * forking thread had asked for has to be forgotten in the child.
 *
 * <time.h> has clockid_t as of POSIX: -std=c11 and its kin hide it without
 * _POSIX_C_SOURCE.
 */
#ifndef FXFUTEX_H
#define FXFUTEX_H

#include <stddef.h>
#include <stdint.h>
#include <time.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * Major, minor, patch: a program that was compiled with one runs with a library of the same major
 * and of no lesser minor. fxfutex_version is the library's.
 */
#define FXFUTEX_VERSION_MAJOR 1
#define FXFUTEX_VERSION_MINOR 0
#define FXFUTEX_VERSION_PATCH 0
#define FXFUTEX_VERSION                                                                            \
	(FXFUTEX_VERSION_MAJOR * 10000 + FXFUTEX_VERSION_MINOR * 100 + FXFUTEX_VERSION_PATCH)
int fxfutex_version(void);

/* Linux's numbers, which are returned negated. */
enum fxfutex_error {
	FXFUTEX_EPERM = 1,
	FXFUTEX_ESRCH = 3,
	FXFUTEX_EAGAIN = 11,
	FXFUTEX_ENOMEM = 12,
	FXFUTEX_EINVAL = 22,
	FXFUTEX_EDEADLK = 35,
	FXFUTEX_ETIMEDOUT = 110,
	FXFUTEX_EALREADY = 114
};

#define FXFUTEX_ANY 0xffffffffU

/* A table of waiters; words belong to a table by being used with it. */
typedef struct fxfutex fxfutex;

/* For about so many threads that wait at once (more are only slower). NULL: no memory. */
fxfutex *fxfutex_new(unsigned threads);

/* Nobody may wait any more. NULL is fine. */
void fxfutex_free(fxfutex *f);

/*
 * FUTEX_WAIT_BITSET. Sleeps if *word == value. 0 (woken), -EAGAIN (another value),
 * -ETIMEDOUT, -EINVAL.
 */
int fxfutex_wait(fxfutex *f, uint32_t *word, uint32_t value, uint32_t bitset,
		 const struct timespec *deadline, clockid_t clock);

/* FUTEX_WAKE_BITSET. How many it woke, oldest first. Never blocks. */
int fxfutex_wake(fxfutex *f, uint32_t *word, int count, uint32_t bitset);

/*
 * FUTEX_CMP_REQUEUE: wakes at most `wake` waiters and lets at most `move` wait on
 * `to` instead. Their number, or -EAGAIN if *word != value.
 */
int fxfutex_requeue(fxfutex *f, uint32_t *word, uint32_t *to, int wake, int move, uint32_t value);

/* A word of a vectored wait. */
struct fxfutex_word {
	uint32_t *word;
	uint32_t value;
};

/* The bytes that a vectored wait of n words needs, as from malloc. */
size_t fxfutex_waitv_size(unsigned n);

/*
 * futex_waitv(2), for any n > 0: waits on all words at once. memory is the caller's,
 * of fxfutex_waitv_size(n) bytes, and is free again on return. The index of a word
 * that was woken, or as fxfutex_wait.
 */
int fxfutex_waitv(fxfutex *f, const struct fxfutex_word *words, unsigned n, void *memory,
		  const struct timespec *deadline, clockid_t clock);

/*
 * A wait without a thread. done is called by the thread that wakes the word, with
 * no lock of the library held; it may call the library, but should be short.
 * The structure is the caller's, and must stay where it is until done is called or
 * cancel has returned.
 */
struct fxfutex_async {
	void (*done)(struct fxfutex_async *a);
	void *user;
	/* The library's. */
	uint64_t opaque[24];
};

/* 0: queued, and done will be called, or was already. -EAGAIN, -EINVAL: not queued. */
int fxfutex_wait_async(fxfutex *f, struct fxfutex_async *a, uint32_t *word, uint32_t value,
		       uint32_t bitset);

/* 0: done is not called. -EALREADY: it has returned. Must not be called from done. */
int fxfutex_wait_async_cancel(fxfutex *f, struct fxfutex_async *a);

/*
 * FUTEX_LOCK_PI and its kin: the word is 0 or the owner's thread id, FUTEX_WAITERS,
 * FUTEX_OWNER_DIED (<linux/futex.h>). The thread id is what fxfutex_self returns in the
 * calling thread, gettid(2)'s on Linux: not a pthread_t, nor a number of the program's own. So a
 * thread may take a free lock itself by an atomic change from 0 to its id, and give back one whose
 * word is its id and nothing more by a change to 0; all else is for lock and unlock.
 *
 * Waiters get the lock by priority, then by age; the owner's own priority is not
 * raised. An owner has to unlock before it ends: those who wait are not told, and
 * who comes when nobody waits gets -ESRCH, or waits for the thread that has the id next.
 *
 * lock: 0, -EDEADLK, -ESRCH, -ETIMEDOUT, -EINVAL. trylock: also -EAGAIN. unlock: 0,
 * -EPERM.
 */
uint32_t fxfutex_self(void);
int fxfutex_lock(fxfutex *f, uint32_t *word, const struct timespec *deadline, clockid_t clock);
int fxfutex_trylock(fxfutex *f, uint32_t *word);
int fxfutex_unlock(fxfutex *f, uint32_t *word);

/* The thread id of who owns such a lock, 0 for nobody. */
int fxfutex_owner(fxfutex *f, uint32_t *word, uint32_t *tid);

/*
 * When the calling thread ends, and the process does not: *word = value, and count
 * waiters are woken. The structure is the caller's until then, or until the same
 * thread forgets it. The last one that was asked for comes first. 0, or -ENOMEM (no
 * key for threads).
 */
struct fxfutex_at_exit {
	struct fxfutex_at_exit *next;
	fxfutex *f;
	uint32_t *word;
	uint32_t value;
	int count;
};
int fxfutex_wake_at_exit(fxfutex *f, struct fxfutex_at_exit *e, uint32_t *word, uint32_t value,
			 int count);
void fxfutex_forget_at_exit(struct fxfutex_at_exit *e);

#ifdef __cplusplus
}
#endif

#endif
