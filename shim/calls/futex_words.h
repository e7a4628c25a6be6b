/* SPDX-License-Identifier: MIT */
/*
 * What the futex calls have in common: checks of a word and a time, which
 * words other processes can reach and what is answered for them.
 */
#ifndef SHIM_CALLS_FUTEX_WORDS_H
#define SHIM_CALLS_FUTEX_WORDS_H

#include <asm/errno.h>
#include <stdbool.h>
#include <stdint.h>

#include "manager/key.h"
#include "manager/platform.h"

#define FX_USER_END 0x7ffffffff000UL /* of 47 bits; a processor may have more */

struct fx_call;
struct fx_thread;

/*
 * 0, -EINVAL (misaligned) or -EFAULT (not in the guest's part), in the kernel's order.
 * In the process class the kernel looks for the page, so a word that is not mapped,
 * or lies in anonymous memory that cannot be written, is -EFAULT too.
 */
int fx_futex_find_page(uintptr_t uaddr);  /* the latter */
int fx_futex_check_high(uintptr_t uaddr); /* of one beyond FX_USER_END: the host knows */
static inline int fx_futex_check_word(uintptr_t uaddr, enum fx_key_class cls)
{
	if (uaddr % sizeof(uint32_t))
		return -EINVAL;
	if (uaddr > FX_USER_END - sizeof(uint32_t) && fx_futex_check_high(uaddr) < 0)
		return -EFAULT;
	return cls == FX_KEY_PROCESS ? fx_futex_find_page(uaddr) : 0;
}

/* Reads a struct timespec into sec and nsec. 0, -EFAULT or -EINVAL. */
int fx_futex_read_time(uintptr_t uaddr, struct fx_deadline *out);

/*
 * Whether the word is a shared futex by the policy of this run: without
 * FUTEX_PRIVATE_FLAG, in memory that other processes can map; with
 * --shared-futex=strict, any without the flag but the exit words of threads.
 */
bool fx_futex_may_be_shared(uintptr_t uaddr); /* without the flag */
static inline bool fx_futex_is_shared(uintptr_t uaddr, bool private)
{
	return !private && fx_futex_may_be_shared(uaddr);
}

/*
 * Of a thread that has just gone the exit word is known no more, but a joiner
 * that still waits for its id finds another value there: true then.
 */
bool fx_futex_has_left(uintptr_t uaddr, uint32_t val);

/* ENOSYS and a record that names the word's mapping; or the host's own answer. */
long fx_futex_answer_shared(struct fx_thread *t, struct fx_call *c, uintptr_t uaddr);

#endif
