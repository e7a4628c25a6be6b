/* SPDX-License-Identifier: MIT */
/*
 * Descriptors that fxbox keeps, where the guest names them in memory: in arrays, sets and
 * messages. Those that are arguments are found by the rows of the table (entry/dispatch.h).
 */
#ifndef SHIM_CALLS_KEPT_INSIDE_H
#define SHIM_CALLS_KEPT_INSIDE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A copy of the guest's array for poll(2), if that has one of them. It may not be left behind. */
struct fx_poll_copy {
	uintptr_t at;	 /* what the host is to have: the guest's own or the copy */
	uintptr_t guest; /* the guest's */
	size_t size;	 /* of the copy; 0: none */
};

/* 0 or -errno; then there is no copy. */
long fx_poll_copy_make(struct fx_poll_copy *p, uintptr_t upolled, unsigned long n);
/* What the host says of each goes to the guest. r is the call's result, and returned if all is
 * well. */
long fx_poll_copy_end(const struct fx_poll_copy *p, long r);

/* Whether a set of the three of select(2) has one: -EBADF, else 0. Of n bits. */
long fx_kept_in_sets(long n, uintptr_t read, uintptr_t write, uintptr_t except);

/* Whether a message has one for its receiver (SCM_RIGHTS): -EBADF, else 0. A bad address is 0 too.
 */
long fx_kept_in_message(uintptr_t umessage);

#endif
