/* SPDX-License-Identifier: MIT */
/* How a re-executed fxbox recognises itself and what it was given. */
#ifndef LOADER_HANDOVER_H
#define LOADER_HANDOVER_H

#include <stdbool.h>

#include "shim/boot.h"

/*
 * True if the name this process was executed by is "/dev/fd/N", as execveat
 * of a descriptor gives it; *fd_base is then where fxbox's descriptors start,
 * if this is a re-executed fxbox. Makes no system call.
 */
bool fx_handover_possible(const char *execfn, int *fd_base);

/*
 * Reads the state that the shim put before the guest's environment. True if `first`, the
 * environment's first string or NULL, holds a whole and sound struct fx_handover of this
 * very build and process; else false, and *handover is untouched.
 */
bool fx_handover_read(int fd_base, const char *first, struct fx_handover *handover);

#endif
