/* SPDX-License-Identifier: MIT */
/*
 * Marks the places where another thread can see or change what this one is
 * about to touch. Nothing in a product build; the deterministic scheduler of
 * tests/sched compiles the manager with FX_STEP_HOOK and switches threads
 * there.
 */
#ifndef MANAGER_STEP_H
#define MANAGER_STEP_H

enum fx_step_kind {
	FX_STEP_LOAD,  /* an atomic load of *address follows */
	FX_STEP_STORE, /* an atomic store, or a read-modify-write, of *address follows */
	FX_STEP_FENCE, /* a full fence follows; address is NULL */
	FX_STEP_QUEUE, /* the queues of the struct fx_bucket at address are used: its lock is held
			*/
};

#ifdef FX_STEP_HOOK
void fx_step(enum fx_step_kind kind, const void *address);
#else
static inline void fx_step(enum fx_step_kind kind, const void *address)
{
	(void)kind;
	(void)address;
}
#endif

static inline void fx_full_fence(void)
{
	fx_step(FX_STEP_FENCE, 0);
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
}

#endif
