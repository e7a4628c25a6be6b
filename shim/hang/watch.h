/* SPDX-License-Identifier: MIT */
/* The manager's platform, with an eye on who sleeps for ever. */
#ifndef SHIM_HANG_WATCH_H
#define SHIM_HANG_WATCH_H

#include "manager/platform.h"

/*
 * Another platform, around this one: who sleeps on it is counted (still.h), and the last one that
 * is awake looks before it sleeps (stuck.h). To be called once.
 */
const struct fx_platform_ops *fx_watch_platform(const struct fx_platform_ops *around);

#endif
