/* SPDX-License-Identifier: MIT */
/*
 * Threads that run only when told to, all on one real thread. A fiber keeps its
 * stack for the life of the program, so that addresses in its frames are the
 * same in every execution.
 */
#ifndef TESTS_SCHED_FIBER_H
#define TESTS_SCHED_FIBER_H

#define FIBERS_MAX 4

/* Once, before anything else: fiber i is to run body(i) when started. */
void fibers_init(void (*body)(unsigned i));

/* From the scheduler: puts the fiber back to the start of its body, wherever it was. */
void fiber_restart(unsigned i);

/* From the scheduler: runs the fiber until it yields, or its body returns. */
void fiber_run(unsigned i);

/* From a fiber: back to the scheduler. */
void fiber_yield(void);

/* The running fiber. */
unsigned fiber_self(void);

#endif
