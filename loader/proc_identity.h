/* SPDX-License-Identifier: MIT */
/*
 * Makes /proc/self show the guest rather than fxbox: cmdline, environ, auxv,
 * code and data addresses by PR_SET_MM_MAP, comm by PR_SET_NAME.
 */
#ifndef LOADER_PROC_IDENTITY_H
#define LOADER_PROC_IDENTITY_H

#include <stdint.h>

#include "loader/start_stack.h"

/*
 * `name` is the path that was run; its last part becomes comm. Best effort: a
 * kernel without CONFIG_CHECKPOINT_RESTORE keeps showing fxbox's command line.
 */
void fx_proc_identity_set(const char *name, const struct fx_start_layout *layout);

/* Where the kernel put this process's own heap, or 0 if it does not say. */
uintptr_t fx_proc_start_brk(void);

#endif
