/* SPDX-License-Identifier: MIT */
/* Where the threads of a process are, said by another one that the shim has made for that. */
#ifndef LOADER_TELL_THREADS_H
#define LOADER_TELL_THREADS_H

#include "shim/boot.h"

/*
 * Becomes fxbox-report, as a guest, for what the filter lets execute is fxbox alone; it reads the
 * dump in handover->fd and writes to the first fxbox's standard error. Where it is not to be had
 * one line says so. envp: this process's own. Returns the exit status, which nobody looks at, only
 * then.
 */
int fx_tell_threads(const struct fx_handover *handover, char **envp);

#endif
