/* SPDX-License-Identifier: MIT */
/* What was asked for, and what follows from it alone: everybody may look, nobody changes it. */
#ifndef SHIM_BASE_CONFIG_H
#define SHIM_BASE_CONFIG_H

#include <stdbool.h>

#include "shim/boot.h"

/* Constant once the guest runs, but for exe, and for signalfd, which is set by the first. */
extern struct fx_config fx_config;
extern char fx_guest_exe[4096];
/* Where the program found argc. */
extern uintptr_t fx_guest_stack;
/* Where fxbox itself is linked to: the same in the next one. */
struct fx_own_image {
	uintptr_t start, end;
};
extern struct fx_own_image fx_own_image;
/* The guest runs: whoever is in the shim stands on the stack of a thread's block. */
extern bool fx_running;

/* A kept descriptor. */
static inline int fx_fd(enum fx_fd which)
{
	return fx_config.fd_base + (int)which;
}

/* Whether the guest may not know of this descriptor. */
static inline bool fx_fd_kept(long fd)
{
	return (unsigned long)(fd - fx_config.fd_base) < FX_FD_COUNT;
}

#endif
