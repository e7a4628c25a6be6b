/* SPDX-License-Identifier: MIT */
/*
 * The platform of a hosted program with POSIX threads: for tests, sanitizers,
 * and systems that are not Linux. Knows no signals: park ends for a wake or
 * the deadline only.
 */
#ifndef MANAGER_PLATFORM_POSIX_H
#define MANAGER_PLATFORM_POSIX_H

#include "manager/platform.h"

extern const struct fx_platform_ops fx_platform_posix;

#endif
