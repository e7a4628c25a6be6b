/* SPDX-License-Identifier: MIT */
/*
 * What the futex manager asks of the place it runs in: three constant tables
 * of functions, every member present but where it says so. Nothing in manager/ but a platform_*.c
 * file knows of an operating system.
 */
#ifndef MANAGER_PLATFORM_H
#define MANAGER_PLATFORM_H

#include <stdbool.h>
#include <stdint.h>

enum fx_clock {
	FX_CLOCK_REALTIME = 0,	/* follows clock_settime, as CLOCK_REALTIME */
	FX_CLOCK_MONOTONIC = 1, /* never set, as CLOCK_MONOTONIC */
};

/* A point in time, always absolute on the named clock; 0 <= nsec < 10^9, sec >= 0. */
struct fx_deadline {
	int64_t sec;
	int64_t nsec;
	enum fx_clock clock;
};

enum fx_park_kind {
	FX_PARK_WAIT, /* a guest's wait: may end with -EINTR or -FX_EBAIL */
	FX_PARK_LOCK, /* a lock inside the manager: never ends for a signal */
};

/*
 * Returned (negated) by park when a signal was already waiting for delivery
 * and the thread did not sleep at all. The caller's operation has not begun,
 * as far as the guest can tell; it delivers the signal and does it anew.
 * Beyond Linux's largest errno (133) and below its MAX_ERRNO.
 */
#define FX_EBAIL 512

/* Where a thread sleeps. */
struct fx_spot {
	uint32_t *word;	   /* the thread's own: what it looks at when it is awake again */
	uint32_t *address; /* that of this word, or of one that it shares (see lot.h) */
	uint32_t expected; /* it sleeps only while *address is this */
	uint32_t bits;	   /* unpark_set finds it by; ~0 on its own word */
};

static inline struct fx_spot fx_spot_own(uint32_t *word, uint32_t expected)
{
	struct fx_spot spot = {word, word, expected, ~(uint32_t)0};

	return spot;
}

/* How many threads unpark_set is to wake at most: as many as bits. */
static inline int fx_spot_count(uint32_t bits)
{
	int n;

	/* Not __builtin_popcount, which is a function of libgcc's on many machines. */
	for (n = 0; bits; bits &= bits - 1)
		n++;
	return n;
}

struct fx_platform_ops {
	/*
	 * Sleeps while *spot->address == spot->expected, until unpark or unpark_set of the
	 * address, the deadline (NULL: none), or, for FX_PARK_WAIT only, a signal. May also
	 * return 0 for no reason: the caller looks at its word again. The load and the
	 * decision to sleep are one atomic step against an unpark of the same address.
	 * Returns 0, -EAGAIN (the value differs), -ETIMEDOUT, -EINTR or -FX_EBAIL.
	 * No manager lock is held by the caller. Async-signal-safe.
	 */
	int (*park)(const struct fx_spot *spot, const struct fx_deadline *deadline,
		    enum fx_park_kind kind);
	/*
	 * Wakes at most one thread that sleeps in park on this word. The word may be
	 * gone already (its frame returned): only the address is used, never the
	 * memory behind it. Never blocks.
	 */
	void (*unpark)(uint32_t *word);
	/*
	 * Wakes those who sleep in park on this address with any of the bits, which are at
	 * most as many threads as bits. Never blocks. NULL: the platform cannot do that at
	 * once, and every thread sleeps on its own word.
	 */
	void (*unpark_set)(uint32_t *address, uint32_t bits);
	/* Writes now() on the clock to *out. Cannot fail. */
	void (*clock_now)(enum fx_clock clock, struct fx_deadline *out);
	/* A pause inside a bounded spin. */
	void (*relax)(void);
};

/* Guest words. Both return 0 or -EFAULT, with *out untouched on failure. */
struct fx_memory_ops {
	int (*load32)(uintptr_t uaddr, uint32_t *out);
	/* Sequentially consistent; *seen is the value before, equal to expected on success. */
	int (*cmpxchg32)(uintptr_t uaddr, uint32_t expected, uint32_t desired, uint32_t *seen);
	/* A pointer-sized load, for the robust list. */
	int (*load64)(uintptr_t uaddr, uint64_t *out);
};

/*
 * Threads, by the ids that priority-inheritance words hold. Both are called with
 * locks of the manager held: they must not block or call the manager.
 */
struct fx_thread_ops {
	/*
	 * Whether a word may name this thread as its owner. It must have become false,
	 * for good, before fx_pi_exit is called for the thread, and only after its
	 * fx_robust_exit: who finds it true is queued behind an owner that will still
	 * hand its words on. tid is what a guest wrote, 0 < tid < 2^30.
	 */
	bool (*alive)(uint32_t tid);
	/*
	 * The kernel's scale, smaller is more urgent: 99 - p for SCHED_FIFO and SCHED_RR
	 * of priority p, -1 for SCHED_DEADLINE, 120 for all others. Asked for the calling
	 * thread, whose id may be given as 0, when it begins to wait.
	 */
	int (*priority)(uint32_t tid);
};

#endif
