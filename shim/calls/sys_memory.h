/* SPDX-License-Identifier: MIT */
#ifndef SHIM_CALLS_SYS_MEMORY_H
#define SHIM_CALLS_SYS_MEMORY_H

#include <stdint.h>

/* Sets the guest's program break, page-aligned. Once, before the guest runs. */
void fx_brk_init(uintptr_t start);

/* Around fork: no lock of the memory calls is held by another thread. */
void fx_memory_lock_all(void);
void fx_memory_unlock_all(void);

#endif
