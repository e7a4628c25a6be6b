/* SPDX-License-Identifier: MIT */
/*
 * --trace: one line a call, on the report descriptor as text, or in the log
 * as `call` records when there is one. Arguments are read before the call,
 * since it may change them. A traced hand-over of a futex takes 0.3 us without the
 * trace, so a line is built once, where it is, and as a rule only gathered (gather.h).
 */
#ifndef SHIM_AUDIT_TRACE_H
#define SHIM_AUDIT_TRACE_H

#include <stdbool.h>

#include "shim/base/call.h"
#include "shim/base/text.h"

#define FX_TRACE_ARGS 700
#define FX_TRACE_LINE 2560

struct fx_trace_line {
	struct fx_text x; /* as far as the arguments; what follows is put behind a copy */
	int64_t begin_us;
	uint32_t tid;  /* whose it is */
	bool is_begun; /* its wait sleeps, and a line says so */
	char buf[FX_TRACE_LINE];
};

/*
 * The thread is about to sleep in a futex of the manager's: in a trace that is text a line without
 * a result, so that one sees the wait while it lasts. l: fx_thread.traced.
 */
void fx_trace_sleeps(struct fx_trace_line *l, const struct fx_call *c);

/* Whether --trace asks for this call. */
bool fx_trace_wants(long nr);

void fx_trace_begin(struct fx_trace_line *l, const struct fx_call *c);
/*
 * exit and exec end the program when they succeed: their line is written
 * before, with `?` for the result; a second one follows if they fail.
 */
bool fx_trace_may_not_return(const struct fx_call *c);
void fx_trace_no_return(struct fx_trace_line *l, const struct fx_call *c);
void fx_trace_end(struct fx_trace_line *l, const struct fx_call *c, long result);

#endif
