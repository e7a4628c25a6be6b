/* SPDX-License-Identifier: MIT */
/*
 * The guest of the manager's tests: its memory, whose loads can be made to fail
 * or to be preceded by something, and one manager on it.
 */
#ifndef TESTS_UNIT_MANAGER_GUEST_H
#define TESTS_UNIT_MANAGER_GUEST_H

#include <stdbool.h>
#include <stdint.h>

#include "manager/manager.h"
#include "tests/unit/manager/cases.h"

#define GUEST_WORDS 256

/* Thread ids below this are alive, unless dead, and of normal priority, unless another is given. */
#define GUEST_THREADS 64

extern uint32_t guest_words[GUEST_WORDS];
extern bool guest_dead[GUEST_THREADS];
extern int guest_priority[GUEST_THREADS];
extern struct fx_manager manager;

/* Called before every load of a word, with 1 for the first since the test began. */
extern void (*guest_before_load)(unsigned nth);
/* Called before every cmpxchg of a word. */
extern void (*guest_before_cmpxchg)(uint32_t *word);

/* A word that can be read only, or 0. */
extern uintptr_t guest_read_only;

extern const struct fx_memory_ops guest_memory;
extern const struct fx_thread_ops guest_threads;

/* Nothing is mapped there. */
#define GUEST_HOLE ((uintptr_t)0x1000)

static inline uintptr_t at(unsigned i)
{
	return (uintptr_t)&guest_words[i];
}

/* The platform under test; a test may put its own park or relax in place. */
extern struct fx_platform_ops scripted_platform;

/* An empty manager in which all words are 0, and after the test the proof that it is empty again.
 */
void guest_setup(void);
void guest_teardown(void);

/* Queues w on word i (value 0), private, any bitset. */
void queue_on(struct fx_waiter *w, unsigned i);
void queue_n_on(struct fx_waiter *w, unsigned n, unsigned i);
void queue_bitset(struct fx_waiter *w, unsigned i, uint32_t bitset);

/* Ends the wait with -ETIMEDOUT as reason and demands this result. */
void expect_woken(struct fx_waiter *w);
void expect_left(struct fx_waiter *w);

int wake(unsigned i, int nr);
int requeue(unsigned from, unsigned to, int nr_wake, int nr_requeue);

/* Words other than i in the same bucket, or in another one. */
unsigned neighbour_of(unsigned i);
unsigned stranger_to(unsigned i);

/* No lock held, no count left, no waiter queued in any bucket. */
bool manager_is_empty(const struct fx_manager *m);

struct fx_deadline deadline_in(enum fx_clock clock, int64_t nsec);

void *new_table(size_t bytes);

static inline unsigned rounds_of(unsigned usual)
{
	return harness_amount("rounds", usual);
}

#endif
