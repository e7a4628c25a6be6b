/* SPDX-License-Identifier: MIT */
#ifndef SHIM_CALLS_SYS_OPENAT2_H
#define SHIM_CALLS_SYS_OPENAT2_H

struct fx_call;
struct fx_thread;

/*
 * The openat(2) that does what this openat2(2) asks for, into *out; 0. What openat2 is stricter
 * about is an error: -EINVAL, -E2BIG, -EFAULT; resolve flags are -ENOSYS and an unsupported record.
 */
long fx_openat2_as_openat(struct fx_thread *t, const struct fx_call *c, struct fx_call *out);

#endif
