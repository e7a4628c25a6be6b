/* SPDX-License-Identifier: MIT */
/*
 * What a call finds at once by a signalfd, of the signals that wait in the shim (signals/lend.h).
 * 0: nothing, or nothing waits, and the call is to be made as it is. Else the call's result, which
 * may be what a try without sleeping found besides, or an error.
 */
#ifndef SHIM_CALLS_LENT_TRY_H
#define SHIM_CALLS_LENT_TRY_H

#include <stddef.h>
#include <stdint.h>

#include "shim/base/call.h"

struct fx_thread;

/* poll(2) of an array that the host may write to. */
long fx_lent_poll(struct fx_thread *t, uintptr_t polled, unsigned long n);

long fx_lent_epoll(struct fx_thread *t, const struct fx_call *c);

/* select(2): what it finds is in the guest's sets then, which are untouched before. */
long fx_lent_select(struct fx_thread *t, const struct fx_call *c);

#endif
