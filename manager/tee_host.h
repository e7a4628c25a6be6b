/* SPDX-License-Identifier: MIT */
/*
 * What a trusted execution environment that has threads of its own fills in for platform_tee.c.
 * In OP-TEE that is code of its kernel, a pseudo trusted application say: an ordinary trusted
 * application has one thread at a time, and nobody to wait for.
 *
 *	                     OP-TEE has                       to be seen to
 *	fx_tee_lock          struct mutex                     an array of FX_TEE_LOCKS, initialised
 *	fx_tee_sleep, wake   struct condvar,                  one in each struct fx_tee_sleeper;
 *	                     condvar_wait_timeout             milliseconds, rounded up
 *	fx_tee_monotonic     tee_time_get_sys_time            it must not be set while we run
 *	fx_tee_realtime      tee_time_get_ree_time            the normal world's word, which may lie
 *	fx_tee_thread        thread_get_id                    0 is no id: so add 1
 *	guest memory         the parameters' memory           platform_bare/memory.c, with a range
 *for references                       each, or fx_memory_ops of one's own
 */
#ifndef MANAGER_TEE_HOST_H
#define MANAGER_TEE_HOST_H

#include <stdbool.h>
#include <stdint.h>

#define FX_TEE_LOCKS   16
#define FX_TEE_FOREVER UINT64_MAX

/* What one thread sleeps on: room for a condition variable of the environment's, and no more. */
struct fx_tee_sleeper {
	uint64_t own[8];
};

/* Mutexes, number < FX_TEE_LOCKS: held for some dozen instructions, never two at a time. */
void fx_tee_lock(unsigned number);
void fx_tee_unlock(unsigned number);

/* Before a sleeper's first use, and after its last. */
void fx_tee_sleeper_init(struct fx_tee_sleeper *s);
void fx_tee_sleeper_end(struct fx_tee_sleeper *s);

/*
 * With the mutex held: gives it back and sleeps, in one step against fx_tee_wake, until that or for
 * so many nanoseconds, and takes the mutex again. May return for no reason.
 */
void fx_tee_sleep(struct fx_tee_sleeper *s, unsigned number, uint64_t nsec);

/* With the same mutex held: the thread that sleeps on s goes on. */
void fx_tee_wake(struct fx_tee_sleeper *s);

/* Nanoseconds: since some moment, and since 1970. */
uint64_t fx_tee_monotonic(void);
uint64_t fx_tee_realtime(void);

/* The calling thread's id, 0 < id < 2^30, and whether one that has such an id has not ended. */
uint32_t fx_tee_thread(void);
bool fx_tee_alive(uint32_t thread);

#endif
