/* SPDX-License-Identifier: MIT */
/*
 * The platform of a trusted execution environment with threads of its own, on what tee_host.h asks
 * of it. Nothing is allocated, and there are no signals. Where there are no threads either,
 * platform_bare brings some.
 *
 * A deadline on FX_CLOCK_REALTIME is looked at every FX_TEE_CLOCK_LOOK milliseconds, since no such
 * environment is told when the other side sets its clock.
 */
#ifndef MANAGER_PLATFORM_TEE_H
#define MANAGER_PLATFORM_TEE_H

#include "manager/platform.h"

#define FX_TEE_CLOCK_LOOK 100

extern const struct fx_platform_ops fx_platform_tee;

/* All threads are equally urgent. */
extern const struct fx_thread_ops fx_threads_tee;

#endif
