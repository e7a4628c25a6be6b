/* SPDX-License-Identifier: MIT */
/*
 * The platform of a program on Windows 8 or later. Knows no signals: park ends for a wake or the
 * deadline only.
 *
 * Nothing in Windows waits for an address until a time of day, so a sleeper with a deadline on
 * FX_CLOCK_REALTIME looks at the system's clock every FX_WIN32_CLOCK_LOOK milliseconds: when the
 * clock is set ahead it is late by so much at most, and when it is set back it sleeps on. (A
 * waitable timer follows the clock, but cannot be waited for together with an address.)
 */
#ifndef MANAGER_PLATFORM_WIN32_H
#define MANAGER_PLATFORM_WIN32_H

#include "manager/platform.h"

#define FX_WIN32_CLOCK_LOOK 100

extern const struct fx_platform_ops fx_platform_win32;

/*
 * Any word of the process: -EFAULT where an access raises an exception (x86-64 only).
 *
 * By structured exception handling, not by asking VirtualQuery first: between that answer and the
 * access another thread may free the page, and the question is a system call each time.
 */
extern const struct fx_memory_ops fx_memory_win32;

/*
 * Threads by the ids of GetCurrentThreadId. alive is asked of the system, so that a thread that
 * was terminated, or ended without saying so, is not. TIME_CRITICAL is the one priority that
 * counts as more urgent than an ordinary thread's.
 */
extern const struct fx_thread_ops fx_threads_win32;

#endif
