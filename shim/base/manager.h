/* SPDX-License-Identifier: MIT */
/* The process's one manager. The shim's own locks are on it, too: lock.h. */
#ifndef SHIM_BASE_MANAGER_H
#define SHIM_BASE_MANAGER_H

#include "manager/manager.h"

extern struct fx_manager fx_manager;

#endif
