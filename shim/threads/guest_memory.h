/* SPDX-License-Identifier: MIT */
/* The manager's view of the guest: its words, by umem, and its threads. */
#ifndef SHIM_THREADS_GUEST_MEMORY_H
#define SHIM_THREADS_GUEST_MEMORY_H

#include "manager/platform.h"

extern const struct fx_memory_ops fx_guest_memory;
extern const struct fx_thread_ops fx_guest_threads;

#endif
