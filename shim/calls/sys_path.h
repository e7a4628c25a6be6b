/* SPDX-License-Identifier: MIT */
#ifndef SHIM_CALLS_SYS_PATH_H
#define SHIM_CALLS_SYS_PATH_H

#include <stdbool.h>

/* Whether a path is /proc/self/exe, /proc/thread-self/exe, or that of our own pid. */
bool fx_path_is_own_exe(const char *path);

#endif
