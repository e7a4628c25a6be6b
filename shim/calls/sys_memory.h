/* SPDX-License-Identifier: MIT */
#ifndef SHIM_CALLS_SYS_MEMORY_H
#define SHIM_CALLS_SYS_MEMORY_H

#include <stddef.h>
#include <stdint.h>

/* Sets the guest's program break, page-aligned, and what RLIMIT_DATA counts besides: the bytes
 * of the program's data. Once, before the guest runs. */
void fx_brk_init(uintptr_t start, size_t data);

/* Around fork: no lock of the memory calls is held by another thread. */
void fx_memory_lock_all(void);
void fx_memory_unlock_all(void);

#endif
