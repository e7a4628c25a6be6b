/* SPDX-License-Identifier: MIT */
/*
 * The guest's MAP_SHARED mappings: memory in which a futex without
 * FUTEX_PRIVATE_FLAG is one that other processes could use. Few, so a sorted
 * array; nothing else of the address space is tracked.
 */
#ifndef SHIM_MEMORY_MAPPINGS_H
#define SHIM_MEMORY_MAPPINGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Changes are made together with the host call that causes them, between
 * fx_mappings_lock and fx_mappings_unlock; the other functions that change
 * want the lock held. fx_mappings_lock does not wait for guest memory.
 */
void fx_mappings_lock(void);
void fx_mappings_unlock(void);

/* Whether any shared mapping is known. Takes no lock. */
bool fx_mappings_any(void);

/* Returns 0 or -ENOMEM (the table cannot grow). Joins with neighbours. */
int fx_mappings_add(uintptr_t start, size_t length);
void fx_mappings_remove(uintptr_t start, size_t length);

/*
 * What is shared of old_length bytes is so, too, where mremap(2) has put them, and in
 * what they have grown by; of 0 bytes the whole. What they left is not removed. 0 or negative.
 */
int fx_mappings_move(uintptr_t from, size_t old_length, uintptr_t to, size_t new_length);

/* The end of the shared memory, of one mapping or more, in which the address lies, or 0. */
uintptr_t fx_mappings_end(uintptr_t address);

/* Whether the word at uaddr lies in shared memory. Takes the lock, if any is known. */
bool fx_mappings_shared(uintptr_t uaddr);

#endif
