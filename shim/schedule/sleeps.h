/* SPDX-License-Identifier: MIT */
/*
 * Calls that may sleep. Each is tried without sleeping, and again when there may be something for
 * it. Results are those of fx_host_call_park: -FX_EBAIL if a signal waits already, -EINTR if one
 * came. Inside schedule/.
 */
#ifndef SHIM_SCHEDULE_SLEEPS_H
#define SHIM_SCHEDULE_SLEEPS_H

#include <stdint.h>

#include "shim/schedule/try.h"

struct fx_thread;

/* Of one descriptor; events as poll(2) has them. */
long fx_sleeps_on_fd(struct fx_thread *t, const struct fx_host_args *x, int fd, uint16_t events);
/* write(2), sendto(2): as long as there is room. */
long fx_sleeps_write(struct fx_thread *t, const struct fx_host_args *x);
long fx_sleeps_send(struct fx_thread *t, const struct fx_host_args *x);
/* poll, ppoll; select, pselect6; epoll_wait, _pwait, _pwait2. */
long fx_sleeps_poll(struct fx_thread *t, const struct fx_host_args *x);
long fx_sleeps_select(struct fx_thread *t, const struct fx_host_args *x);
long fx_sleeps_epoll(struct fx_thread *t, const struct fx_host_args *x);
/* nanosleep, clock_nanosleep. */
long fx_sleeps_for(struct fx_thread *t, const struct fx_host_args *x);
/* pause, rt_sigsuspend; rt_sigtimedwait. */
long fx_sleeps_for_signal(struct fx_thread *t, const struct fx_host_args *x);
long fx_sleeps_sigwait(struct fx_thread *t, const struct fx_host_args *x);
/* wait4, waitid. */
long fx_sleeps_wait(struct fx_thread *t, const struct fx_host_args *x);
/* What can only be tried again and again: `again` is the same call, which does not sleep. */
long fx_sleeps_retry(struct fx_thread *t, const struct fx_host_args *again, long none);

#endif
