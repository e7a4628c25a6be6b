/* SPDX-License-Identifier: MIT */
/*
 * Which system calls were made, supported or not, with --log: a `used` record
 * at the first of each number in the whole process tree, so that the list is
 * whole even when the program is killed; and at the end of a process, and
 * before it executes another program, how many it made of each. The same for
 * sub-operations of calls that are many in one: futex, fcntl, ioctl, prctl,
 * getsockopt, setsockopt.
 */
#ifndef SHIM_AUDIT_CALLS_H
#define SHIM_AUDIT_CALLS_H

struct fx_call;

/* Before the call, for it may not return. */
void fx_calls_count(const struct fx_call *c);
/* It was not begun; it comes again. */
void fx_calls_uncount(const struct fx_call *c);

/* Writes the `calls` records and begins at zero. */
void fx_calls_write(void);
void fx_calls_reset(void);

#endif
