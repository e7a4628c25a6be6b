/* SPDX-License-Identifier: MIT */
/* The fields of locks: who holds one, as glibc, musl and the kernel write it down. */
#ifndef LOADER_REPORT_THREADS_LOCK_H
#define LOADER_REPORT_THREADS_LOCK_H

#include "loader/report/threads/threads.h"

/*
 * Of a thread that waits, whose kind is set if its stack tells it (w->by_function): where the
 * object begins, its owner, and whether that is certain. Where the stack tells nothing the kind is
 * found by the fields, if these leave no doubt.
 */
void fx_lock_read(const struct fx_threads *t, const struct fx_thread_report *r, struct fx_wait *w);

#endif
