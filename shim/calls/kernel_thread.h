/* SPDX-License-Identifier: MIT */
#ifndef SHIM_CALLS_KERNEL_THREAD_H
#define SHIM_CALLS_KERNEL_THREAD_H

#include <stdbool.h>
#include <stdint.h>

/* Whether the id is that of a thread of the kernel's own, by proc(5). Slow. */
bool fx_is_kernel_thread(uint32_t tid);

#endif
