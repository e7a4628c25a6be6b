/* SPDX-License-Identifier: MIT */
/* Whom a thread that sleeps on a futex waits for, by what lies around the word. */
#ifndef SHIM_HANG_OWNER_H
#define SHIM_HANG_OWNER_H

#include <stdbool.h>
#include <stdint.h>

struct fx_thread;

/*
 * The id of the thread that has to act for t's wait to end: who holds the lock, or is joined. 0
 * where that cannot be told, as for conditions and semaphores. Known are glibc's mutexes of all
 * kinds, the writer of its rwlocks, its pthread_join; musl's mutexes but the normal ones; priority
 * inheritance words. The guest may write anything there, so it is a guess until somebody has looked
 * at the stacks. Takes no lock.
 */
uint32_t fx_owner_of_wait(const struct fx_thread *t);

/* The live thread of this id, or NULL, also if that cannot be told quickly. Takes no lock. */
struct fx_thread *fx_owner_find(uint32_t tid);

/* A thread has got its id: for fx_owner_find. */
void fx_owner_note(struct fx_thread *t, uint32_t tid);

#endif
