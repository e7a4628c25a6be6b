/* SPDX-License-Identifier: MIT */
/*
 * The platform of a machine without an operating system: threads that share the cores, a sleep
 * that lets a core sleep, the architecture's timer as both clocks, guest memory as a table of
 * ranges. Nothing is allocated: threads and their stacks are the caller's.
 *
 * Threads ("tasks") are not preempted: one goes on until it parks, yields or ends, and may then go
 * on on another core. Whoever embeds this and has threads of its own, as a trusted execution
 * environment has, takes platform_tee.h instead.
 *
 *	cpu.h     what an architecture supplies: cpu_aarch64.c, cpu_x86_64.c
 *	task.c    tasks, cores and who is next
 *	park.c    the platform: park, unpark, clocks
 *	memory.c  the table of ranges
 */
#ifndef MANAGER_PLATFORM_BARE_BARE_H
#define MANAGER_PLATFORM_BARE_BARE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "manager/platform.h"

#define FX_BARE_CORES_MAX 8

/*
 * Where a task is. It belongs to the lists below, under the lock of task.c, from fx_bare_start
 * until fx_bare_join has returned.
 *
 *	runnable ----> running ----> ended
 *	   ^   ^---------/ | yield
 *	   |               v park
 *	   +----------- asleep
 */
struct fx_bare_task {
	void *stack;		   /* where it is, while it does not run */
	struct fx_bare_task *next; /* of those that can run, or that sleep in a slot */
	struct fx_bare_task *next_timed;
	struct fx_bare_task *next_task; /* of all */
	const uint32_t *word;		/* what it sleeps on */
	struct fx_deadline deadline;
	bool timed;
	int result; /* of its park */
	uint32_t ended;
	uint32_t tid;
	int priority; /* as fx_thread_ops has it */
	void (*run)(void *arg);
	void *arg;
};

/* A core that is ready to run tasks calls this, and never returns. core < FX_BARE_CORES_MAX. */
_Noreturn void fx_bare_core(unsigned core);

/*
 * Makes a task that can run, with a stack of its own (aligned to 16 bytes) and a thread id that
 * no other has, 0 < tid < 2^30. Its priority is an ordinary thread's. From a task or, before
 * fx_bare_core, from the core that boots.
 */
void fx_bare_start(struct fx_bare_task *task, void *stack, size_t bytes, void (*run)(void *),
		   void *arg, uint32_t tid);

/* From a task: returns when the other has ended, and nobody stands on its stack any more. */
void fx_bare_join(struct fx_bare_task *task);

/* From a task: lets others that can run go first. */
void fx_bare_yield(void);

/* The calling task. */
struct fx_bare_task *fx_bare_self(void);

/* park only from tasks, unpark and the clocks from any core. */
extern const struct fx_platform_ops fx_platform_bare;

/* alive: a task with this id has begun and not ended. */
extern const struct fx_thread_ops fx_threads_bare;

/* Sets FX_CLOCK_REALTIME; it starts at 0. Whoever sleeps until a time on it is told at once. */
void fx_bare_set_realtime(int64_t sec, int64_t nsec);

/* Guest memory: what others hand us addresses in. */
struct fx_bare_range {
	uintptr_t base;
	size_t bytes;
	bool writable;
};

/* The table is the caller's, and constant from now on. Before any use of fx_memory_bare. */
void fx_bare_set_memory(const struct fx_bare_range *ranges, size_t n);

/* -EFAULT for what is not, whole, in one range. Each word is read once. */
extern const struct fx_memory_ops fx_memory_bare;

#endif
