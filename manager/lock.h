/* SPDX-License-Identifier: MIT */
/*
 * The manager's own mutex: one word, three states (Drepper, "Futexes Are
 * Tricky", mutex 2), over the platform's park and unpark. Not recursive. The
 * word starts as 0 and needs no end of life.
 */
#ifndef MANAGER_LOCK_H
#define MANAGER_LOCK_H

#include <stdint.h>

struct fx_manager;

/* Acquire: sees all that earlier holders did. */
void fx_lock(const struct fx_manager *m, uint32_t *lock);

/* Release. May unpark, which never blocks. */
void fx_unlock(const struct fx_manager *m, uint32_t *lock);

#endif
