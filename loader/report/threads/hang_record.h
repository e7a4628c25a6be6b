/* SPDX-License-Identifier: MIT */
/* The `hang` record of a log, fxbox-log(5): what is known of threads, on one line. */
#ifndef LOADER_REPORT_THREADS_HANG_RECORD_H
#define LOADER_REPORT_THREADS_HANG_RECORD_H

#include <json-c/json.h>

#include "loader/report/threads/threads_text.h"

/*
 * No longer than a line that is read again, FX_LOG_LINE_MOST: of many threads the outer frames are
 * left out, then threads that no finding names, and it says how many. The caller's, to be given
 * back by json_object_put.
 */
struct json_object *fx_hang_record(const struct fx_threads_view *v);

/*
 * Appends it to a log, by one write. The descriptor, opened to append, stays the caller's. 0, or -1
 * when it said on standard error why not all of it is there.
 */
int fx_hang_record_write(const struct fx_threads_view *v, int fd);

#endif
