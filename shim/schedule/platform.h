/* SPDX-License-Identifier: MIT */
/* The manager's platform where threads take turns. */
#ifndef SHIM_SCHEDULE_PLATFORM_H
#define SHIM_SCHEDULE_PLATFORM_H

#include "manager/platform.h"

/*
 * Another platform, in place of that of the host: who parks gives its turn away, who is unparked
 * may have one again, and the clocks are the schedule's. Locks of the shim, and whoever is a
 * process of its own in our memory, are left to the one below. To be called once.
 */
const struct fx_platform_ops *fx_turn_platform(const struct fx_platform_ops *below);

#endif
