/* SPDX-License-Identifier: MIT */
/* The platform of a process on Linux: park and unpark are the host's futex. */
#ifndef SHIM_BASE_PLATFORM_LINUX_H
#define SHIM_BASE_PLATFORM_LINUX_H

#include "manager/platform.h"

extern const struct fx_platform_ops fx_platform_linux;

#endif
