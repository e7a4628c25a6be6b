/* SPDX-License-Identifier: MIT */
/*
 * Locks of the shim: the manager's small mutex on the shim's platform. Held
 * for a few instructions or one host call that does not wait; never across a
 * fault in guest memory. Order, outermost first, is fork's in sys_process.c.
 */
#ifndef SHIM_LOCK_H
#define SHIM_LOCK_H

#include <stdint.h>

#include "manager/lock.h"
#include "manager/platform_linux.h"

static inline void fx_shim_lock(uint32_t *lock)
{
	fx_lock(&fx_platform_linux, lock);
}

static inline void fx_shim_unlock(uint32_t *lock)
{
	fx_unlock(&fx_platform_linux, lock);
}

#endif
