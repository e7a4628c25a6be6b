/* SPDX-License-Identifier: MIT */
/*
 * What libfxfutex needs of the host it is built for: fxfutex_posix.c, fxfutex_win32.c. None of
 * these names is seen outside the library.
 */
#ifndef MANAGER_FXFUTEX_HOST_H
#define MANAGER_FXFUTEX_HOST_H

#include <fxfutex.h>
#include <stdbool.h>

#include "manager/platform.h"

extern const struct fx_platform_ops *const fx_host_platform;
extern const struct fx_thread_ops *const fx_host_threads;

/* The calling thread's id, as words with an owner have it. */
uint32_t fx_host_tid(void);

/* The calling thread's list, the last that was asked for first; NULL: none. */
struct fxfutex_at_exit *fx_host_list(void);

/* At the thread's end, and not the process's, fx_host_run gets it. False: there is no memory.
 */
bool fx_host_set_list(struct fxfutex_at_exit *list);

/* fxfutex.c: what the end of a thread means for its list. */
void fx_host_run(struct fxfutex_at_exit *list);

#endif
