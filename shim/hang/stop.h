/* SPDX-License-Identifier: MIT */
/*
 * All threads of the process stand still for a moment, so that one can look at them. Who sleeps on
 * a futex without a deadline does so already; the others are nudged, and wait in the handler. To
 * the guest nothing has happened: a call that was interrupted goes on.
 */
#ifndef SHIM_HANG_STOP_H
#define SHIM_HANG_STOP_H

#include <stdbool.h>

struct fx_thread;
struct ucontext;

enum fx_stopped {
	FX_STOPPED_NOT,	     /* it has not answered */
	FX_STOPPED_IN_GUEST, /* fx_stop_frame() has its registers */
	FX_STOPPED_IN_SHIM,  /* it is in the call fx_thread.call, or at a point */
};

/*
 * Stops all but t, which is in a call or in a handler of a signal (uc: which has interrupted
 * guest code, else NULL). Waits until they stand, a fifth of a second at most: who sleeps in the
 * host where no signal wakes him is not waited for. False if another thread does the same just now.
 * Until fx_stop_release t must take no lock of the shim: one who stands may hold it.
 */
bool fx_stop_all(struct fx_thread *t, const struct ucontext *uc);
void fx_stop_release(void);

/* Between the two; of t itself too, and, where nobody was stopped, of those that sleep. */
enum fx_stopped fx_stop_state(const struct fx_thread *t);
const struct ucontext *fx_stop_frame(const struct fx_thread *t);

/* In the handler of a nudge; shim: it has interrupted the shim. Returns when t may go on. */
void fx_stop_here(struct fx_thread *t, const struct ucontext *uc, bool shim);

void fx_stop_after_fork(void);

#endif
