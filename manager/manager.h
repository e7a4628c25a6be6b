/* SPDX-License-Identifier: MIT */
/*
 * The futex manager: wait, wake and requeue on 32-bit words, inside one
 * process, with Linux's semantics (futex(2)) and without an operating system.
 *
 * All functions return a count or 0 on success and a negative Linux errno on
 * failure, may be called by any number of threads at once, and allocate
 * nothing: a waiter lives in the waiting thread's frame, the bucket table in
 * memory that the owner of the manager supplies.
 */
#ifndef MANAGER_MANAGER_H
#define MANAGER_MANAGER_H

#include <stddef.h>
#include <stdint.h>

#include "manager/platform.h"

struct fx_manager;
struct fx_waiter;

/*
 * Which kind of futex a key names. The classes never match each other, as on
 * Linux, where FUTEX_PRIVATE_FLAG is part of the key.
 */
enum fx_key_class {
	FX_KEY_PRIVATE, /* FUTEX_PRIVATE_FLAG given */
	FX_KEY_PROCESS, /* not given, word in memory that no other process can map */
};

#endif
