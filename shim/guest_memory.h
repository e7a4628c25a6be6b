/* SPDX-License-Identifier: MIT */
#ifndef SHIM_GUEST_MEMORY_H
#define SHIM_GUEST_MEMORY_H

#include "manager/platform.h"

extern const struct fx_memory_ops fx_guest_memory;

#endif
