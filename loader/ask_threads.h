/* SPDX-License-Identifier: MIT */
/* Asks a process that runs under fxbox where its threads are (shim/audit_table.h, struct fx_ask).
 */
#ifndef LOADER_ASK_THREADS_H
#define LOADER_ASK_THREADS_H

#include <stdint.h>
#include <sys/types.h>

#include "loader/refusal.h"

/*
 * The dump of the process that /proc calls pid, which may be that of another PID namespace, in a
 * file of its own (shim/thread_dump.h): a descriptor, close-on-exec, to be closed by the caller.
 * Waits timeout_ms for the answer at most. *pause_ns: for how long the process stood still. -1 with
 * *why filled: there is no such process, it is another user's, it does not run under this fxbox, it
 * is stopped, it does not answer.
 */
int fx_ask_threads(pid_t pid, unsigned int timeout_ms, uint64_t *pause_ns, struct fx_refusal *why);

#endif
