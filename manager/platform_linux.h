/* SPDX-License-Identifier: MIT */
/* The platform of a process on Linux: park and unpark are the host's futex. */
#ifndef MANAGER_PLATFORM_LINUX_H
#define MANAGER_PLATFORM_LINUX_H

#include "manager/platform.h"

extern const struct fx_platform_ops fx_platform_linux;

#endif
