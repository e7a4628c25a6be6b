/* SPDX-License-Identifier: MIT */
/* The report of threads with all that is known, as docs/fxbox-threads.schema.json has it. */
#ifndef LOADER_REPORT_THREADS_THREADS_JSON_H
#define LOADER_REPORT_THREADS_THREADS_JSON_H

#include <json-c/json.h>

#include "loader/report/threads/threads_text.h"

/* The caller's, to be given back by json_object_put. */
struct json_object *fx_threads_json(const struct fx_threads_view *v);

#endif
