/* SPDX-License-Identifier: MIT */
/* Which frames of a stack are of the program itself: what a person is shown of it. */
#ifndef LOADER_REPORT_THREADS_OWN_FRAMES_H
#define LOADER_REPORT_THREADS_OWN_FRAMES_H

#include <stdbool.h>

#include "loader/report/threads/threads.h"

/*
 * Tells it of each frame, own[r->stack.frames]: not of the C library, nor of a language's. True if
 * there are any; else all frames of libraries that the program could have called count as its own.
 * Reads files only.
 */
bool fx_own_frames(const struct fx_threads *t, const struct fx_thread_report *r, bool *own);

#endif
