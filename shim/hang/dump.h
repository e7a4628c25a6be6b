/* SPDX-License-Identifier: MIT */
/* Writes a dump of the process's threads, as shim/thread_dump.h has it. */
#ifndef SHIM_HANG_DUMP_H
#define SHIM_HANG_DUMP_H

#include <stdint.h>

#include "shim/base/kernel_signal.h"
#include "shim/thread_dump.h"

struct fx_thread;

struct fx_dump_request {
	enum fx_dump_reason reason;
	const struct fx_thread *first; /* who is to be told first */
	uint64_t handlers;
	const siginfo_t *info; /* of a crash, or NULL */
	uint64_t file_at;      /* where in the file it begins */
};

/*
 * Writes to fd, an empty file that can be written at any place. The threads stand still: asleep
 * (fx_thread.parked), or stopped. Needs memory for a moment, and descriptors to read /proc, without
 * which the files' names are missing. *size: how long it is. 0, or -errno of what failed. Takes no
 * lock.
 */
int fx_dump_write(int fd, const struct fx_dump_request *q, uint64_t *size);

#endif
