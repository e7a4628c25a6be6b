/* SPDX-License-Identifier: MIT */
/* A system call's arguments and result as text: for the trace and the log. */
#ifndef SHIM_DECODE_DECODE_H
#define SHIM_DECODE_DECODE_H

#include "shim/base/text.h"

struct fx_call;

/* `a, b, c` by the row's letters. Reads strings and times from the guest. */
void fx_decode_args(struct fx_text *x, const struct fx_call *c);

/* `0`, `0x7f…` or `-1 ENOENT`. */
void fx_decode_result(struct fx_text *x, const struct fx_call *c, long result);

/* `name`, or `syscall_500` for a number without a row. */
void fx_decode_name(struct fx_text *x, long nr);

/*
 * Which sub-operation a call is, of those that are many in one: a number for all
 * its processes, 0 for calls that are one. Its part that the program gave: the command, or level
 * and name of a socket option in 16 and 32 bits (a level that is larger, and so none, is 0xffff).
 */
uint64_t fx_sub_of(const struct fx_call *c);
uint64_t fx_sub_argument(uint64_t sub);
/* `ioctl TCGETS`, `setsockopt SOL_SOCKET SO_REUSEADDR` */
void fx_decode_sub(struct fx_text *x, uint64_t sub);

/* `FUTEX_WAIT_BITSET_PRIVATE|FUTEX_CLOCK_REALTIME` */
void fx_decode_futex_op(struct fx_text *x, int op);

#endif
