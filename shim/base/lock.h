/* SPDX-License-Identifier: MIT */
/*
 * Locks of the shim: the manager's small mutex on the shim's platform. Held
 * for a few instructions or one host call that does not wait; never across a
 * fault in guest memory. The order, outermost first, is that of lock_all in
 * sys_process.c.
 */
#ifndef SHIM_BASE_LOCK_H
#define SHIM_BASE_LOCK_H

#include <stdint.h>

#include "manager/lock.h"
#include "shim/base/manager.h"

static inline void fx_shim_lock(uint32_t *lock)
{
	fx_lock(&fx_manager, lock);
}

static inline void fx_shim_unlock(uint32_t *lock)
{
	fx_unlock(&fx_manager, lock);
}

#endif
