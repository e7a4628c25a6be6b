/* SPDX-License-Identifier: MIT */
/* What futex_wake, futex_wait, futex_requeue and futex_waitv have in common. */
#ifndef SHIM_CALLS_SYS_FUTEX2_H
#define SHIM_CALLS_SYS_FUTEX2_H

#include <stdint.h>

#include "manager/key.h"
#include "manager/platform.h"

/* linux/futex.h of 6.16 */
#define FX_FUTEX2_SIZE_MASK   0x03
#define FX_FUTEX2_SIZE_U32    0x02
#define FX_FUTEX2_NUMA	      0x04
#define FX_FUTEX2_MPOL	      0x08
#define FX_FUTEX2_PRIVATE     0x80
#define FX_FUTEX2_KNOWN	      0x8f
#define FX_FUTEX2_WAITER_SIZE 24

struct fx_futex2_waiter {
	uintptr_t uaddr;
	uint32_t val;
	uint32_t flags;
	enum fx_key_class cls;
};

/* 0 or -EINVAL. */
int fx_futex2_flags(uint32_t flags, enum fx_key_class *cls);

/* The word, and with FX_FUTEX2_NUMA the node behind it. 0, -EINVAL, -EFAULT. */
int fx_futex2_check_word(uintptr_t uaddr, uint32_t flags, enum fx_key_class cls);

/* Reads an absolute timeout on CLOCK_REALTIME or CLOCK_MONOTONIC. 0, -EINVAL, -EFAULT. */
int fx_futex2_deadline(uintptr_t uaddr, int clock, struct fx_deadline *out);

/* Reads a struct futex_waitv from the guest; the word itself is not checked. 0, -EINVAL, -EFAULT.
 */
int fx_futex2_read_waiter(uintptr_t from, struct fx_futex2_waiter *out);

#endif
