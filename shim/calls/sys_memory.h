/* SPDX-License-Identifier: MIT */
#ifndef SHIM_CALLS_SYS_MEMORY_H
#define SHIM_CALLS_SYS_MEMORY_H

#include <linux/prctl.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Sets the guest's program break, page-aligned, and what RLIMIT_DATA counts besides: the bytes of
 * the program's data. The map is what the kernel was told, and will be told whenever the break
 * moves, so that /proc calls it [heap]; zero: it takes none. Once, before the guest runs.
 */
void fx_brk_init(uintptr_t start, size_t data, const struct prctl_mm_map *map);

/* Around fork: no lock of the memory calls is held by another thread. */
void fx_memory_lock_all(void);
void fx_memory_unlock_all(void);

#endif
