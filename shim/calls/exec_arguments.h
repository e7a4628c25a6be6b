/* SPDX-License-Identifier: MIT */
#ifndef SHIM_CALLS_EXEC_ARGUMENTS_H
#define SHIM_CALLS_EXEC_ARGUMENTS_H

#include <stdint.h>

/*
 * EFAULT or E2BIG, if the kernel would say so of these two lists in guest memory; 0 if they are
 * good. The kernel looks at them when it has opened the file, and before it looks at the file's
 * kind.
 */
long fx_exec_arguments(uintptr_t argv, uintptr_t envp);

#endif
