/* SPDX-License-Identifier: MIT */
/*
 * shim/decode/ tells system calls and their arguments, and reads strings and times from the guest
 * by two functions of shim/memory/. Here the guest's memory is that of a dump.
 */
#ifndef LOADER_REPORT_THREADS_GUEST_MEMORY_H
#define LOADER_REPORT_THREADS_GUEST_MEMORY_H

#include "loader/report/threads/modules.h"

/* From now on fx_decode_args and the like read this one; it must outlive their use. */
void fx_guest_memory(struct fx_modules *m);

#endif
