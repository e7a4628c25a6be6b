/* SPDX-License-Identifier: MIT */
/*
 * The simulated machine on which the scheduler runs the manager: fibers for
 * threads, guest words behind store buffers, park and unpark, and the rules that
 * no execution may break. One execution at a time, in one real thread.
 *
 * Memory is x86's: a guest's store goes to a buffer of its thread and reaches
 * memory when the scheduler pleases, but before the thread's next fence or
 * read-modify-write. The manager's own atomics are sequentially consistent.
 */
#ifndef TESTS_SCHED_SIM_H
#define TESTS_SCHED_SIM_H

#include <stdbool.h>
#include <stdint.h>

#include "manager/manager.h"
#include "tests/sched/fiber.h"

/*
 * Guest words. 0 and 1 are in different buckets, 2 in the same one as 0, while
 * the table has its first size.
 */
#define SIM_WORDS 3

struct scenario {
	const char *name;
	unsigned nfibers;
	void (*fiber[FIBERS_MAX])(void);
	/* May be NULL: sets words, before the fibers start. */
	void (*setup)(void);
	/* May be NULL: called when all is over, in addition to the general rules. */
	void (*check)(void);
	/* At most so many switches away from a fiber that could go on; < 0: no bound. */
	int preemptions;
	/*
	 * The manager's locks are manager/lock.c; otherwise a model of which it is
	 * only known that one thread at a time has one, which leaves far fewer orders.
	 */
	bool real_locks;
	bool grows;	/* a fiber calls sim_grow */
	bool lots;	/* the platform has unpark_set */
	bool may_stick; /* fibers may sleep for ever: check decides whether rightly */
};

extern struct fx_manager sim_manager;

/* For setup and check: the words themselves. */
extern uint32_t sim_words[SIM_WORDS];

/* Guest addresses are numbers that mean the words, the same in every process. */
uintptr_t sim_address(unsigned word);

/* What a fiber of a scenario may do. */
uint32_t sim_load(unsigned word);
void sim_store(unsigned word, uint32_t value);
uint32_t sim_cmpxchg(unsigned word, uint32_t expected, uint32_t desired);
uint32_t sim_exchange(unsigned word, uint32_t value);
/* reason: what may end the wait besides a wake, -FX_ETIMEDOUT say; 0: nothing. */
int sim_wait(unsigned word, uint32_t val, uint32_t bitset, int reason);
int sim_wake(unsigned word, int nr, uint32_t bitset);
int sim_requeue(unsigned from, unsigned to, int nr_wake, int nr_requeue, const uint32_t *cmpval);
int sim_wake_op(unsigned word1, unsigned word2, int nr1, int nr2, uint32_t encoded);

/* Words with owners. What is allowed to end a wait is its reason, as above. */
uint32_t sim_tid(unsigned fiber);
int sim_lock_pi(unsigned word, int reason);
int sim_trylock_pi(unsigned word);
/* As a guest does: by itself if nobody waits, and again while the word changes under it. */
int sim_unlock_pi(unsigned word);
int sim_wait_requeue_pi(unsigned word, unsigned lock, uint32_t val, int reason);
int sim_cmp_requeue_pi(unsigned from, unsigned to, int nr_requeue, uint32_t cmpval);
/* The thread has word 1 in its robust list, and ends. */
void sim_exit(void);

/* Both words while they are 0. */
int sim_waitv(unsigned word0, unsigned word1, int reason);

/* done notes 1 for the fiber that began; forget: and then the waiter is gone. */
int sim_wait_async(unsigned word, uint32_t val, bool forget);
int sim_wait_async_cancel(void);

void sim_grow(void);
/* A lock of the manager's kind that belongs to the scenario. */
void sim_lock(void);
void sim_unlock(void);

/* For check: the fiber never finished. */
bool sim_stuck(unsigned fiber);
/* A number that the fiber leaves for check; 0 at first. */
extern int sim_note[FIBERS_MAX];

/* Ends the execution as a violation. */
_Noreturn void sim_fail(const char *why);
#define sim_check(condition) ((condition) ? (void)0 : sim_fail(#condition))

/* For the explorer only. */

/*
 * A transition: what fiber i does next is 2 * i, the arrival of its oldest
 * buffered store in memory is 2 * i + 1.
 */
#define TRANSITIONS_MAX (2 * FIBERS_MAX)

struct sim_access {
	const void *address; /* NULL: touches nothing that others see */
	bool write;
};

void sim_init(void);
void sim_begin(const struct scenario *scenario);
/* Bit t: transition t can be taken now; access[t] says what it touches. */
unsigned sim_enabled(struct sim_access access[TRANSITIONS_MAX]);
void sim_take(unsigned transition);
const char *sim_describe(unsigned transition);
/* Nothing is enabled any more: applies the rules. */
void sim_finish(void);
/* Why the execution is a violation, or NULL. */
const char *sim_failure(void);

#endif
