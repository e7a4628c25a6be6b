/* SPDX-License-Identifier: MIT */
/* The state of the simulated machine, for the files of which it consists. */
#ifndef TESTS_SCHED_SIM_STATE_H
#define TESTS_SCHED_SIM_STATE_H

#include <stdbool.h>
#include <stdint.h>

#include "manager/bucket.h"
#include "manager/step.h"
#include "tests/sched/sim.h"

#define SIM_BUFFER_MAX	4
#define SIM_GUEST_BASE	((uintptr_t)0x10000)
#define SIM_ROBUST_HEAD ((uintptr_t)0x20000)
#define SIM_TABLE_MAX	(2 * FX_MANAGER_MIN_TABLE)

enum sim_thread_state {
	READY,	 /* its next step can be taken */
	LOCKING, /* the same, once the lock at its address is free */
	PARKED,
	DONE
};

struct sim_thread {
	enum sim_thread_state state;
	/* READY: the step that is taken when it runs. PARKED: address is the word. */
	enum fx_step_kind kind;
	struct sim_access access;
	/* PARKED: may end with this; 0: only by unpark. And since when it is. */
	int end_reason;
	unsigned parked_at;
	uint32_t bits; /* PARKED: of unpark_set */
	int park_result;
	int wait_reason; /* of its current sim_wait */
	/* Stores that have not reached memory, oldest first. */
	struct {
		unsigned word;
		uint32_t value;
	} buffer[SIM_BUFFER_MAX];
	unsigned buffered;
	/* The lock that its current step may take or free, and its value before. */
	const uint32_t *lock;
	uint32_t lock_before;
	unsigned locks_held;
	/* Its waiter, which is scribbled over when the wait has returned. */
	union {
		struct fx_waiter waiter;
		struct fx_waiter vector[2];
		struct fx_pi_waiter pi;
		struct fx_async async;
	};
	bool waiting;
	bool dead; /* its id names no thread any more */
};

extern struct sim_state {
	_Alignas(64) char tables[2][SIM_TABLE_MAX];
	/* Number of the owning fiber plus one, for each bucket and for the two other locks. */
	signed char lock_owner[2][SIM_TABLE_MAX / 64];
	signed char grow_lock_owner, own_lock_owner, pi_lock_owner, async_lock_owner;
	uint32_t own_lock; /* the scenario's */
	struct sim_thread threads[FIBERS_MAX];
	const struct scenario *scenario;
	const char *failure;
	bool in_fiber;
	unsigned parks;
	unsigned released, counted; /* waits that returned 0, and what wakes claimed */
	bool miscounted;	    /* a wake ended with an error: it may have released some */
	unsigned word_offset[SIM_WORDS];
} sim;

extern const struct fx_platform_ops sim_platform, sim_platform_with_lots;
extern const struct fx_memory_ops sim_memory;
extern const struct fx_thread_ops sim_thread_ops;

/* The waiters of a thread, whatever their kind. */
#define SIM_WAITER_SIZE (2 * sizeof(struct fx_waiter))
_Static_assert(SIM_WAITER_SIZE >= sizeof(struct fx_pi_waiter), "in_dead_waiter");

static inline struct sim_thread *sim_self(void)
{
	return &sim.threads[fiber_self()];
}

/* Lets others run before this thread touches address. */
void sim_step(enum fx_step_kind kind, const void *address);

/* Finds out what the step before has done to a lock, if it was one. */
void sim_settle_lock(struct sim_thread *t);

#endif
