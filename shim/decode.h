/* SPDX-License-Identifier: MIT */
/* A system call's arguments and result as text: for the trace and the log. */
#ifndef SHIM_DECODE_H
#define SHIM_DECODE_H

#include "shim/text.h"

struct fx_call;

/* `a, b, c` by the row's letters. Reads strings and times from the guest. */
void fx_decode_args(struct fx_text *x, const struct fx_call *c);

/* `0`, `0x7f…` or `-1 ENOENT`. */
void fx_decode_result(struct fx_text *x, const struct fx_call *c, long result);

/* `name`, or `syscall_500` for a number without a row. */
void fx_decode_name(struct fx_text *x, long nr);

/* `FUTEX_WAIT_BITSET_PRIVATE|FUTEX_CLOCK_REALTIME` */
void fx_decode_futex_op(struct fx_text *x, int op);

#endif
