/* SPDX-License-Identifier: MIT */
/* Which kind of futex a word is, and the wakes that the kernel itself would do. */
#ifndef SHIM_FUTEX_WORDS_H
#define SHIM_FUTEX_WORDS_H

#include <stdint.h>

struct fx_manager;

/*
 * The wake of an exit word or a robust lock: one waiter, without
 * FUTEX_PRIVATE_FLAG. With --shared-futex=host also in the host, for words
 * that other processes share. The signature is fx_robust_exit's.
 */
void fx_wake_exit_word(struct fx_manager *m, uintptr_t uaddr);

#endif
