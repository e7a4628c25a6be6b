/* SPDX-License-Identifier: MIT */
/* All threads stand still: whether anything can still come, and what is done about it. */
#ifndef SHIM_HANG_STUCK_H
#define SHIM_HANG_STUCK_H

#include <stdbool.h>
#include <stdint.h>

struct fx_thread;

enum fx_stuck {
	FX_STUCK_SLEEPS,     /* nothing more is to be said; t may sleep */
	FX_STUCK_LOOK_SOON,  /* one of them may not sleep yet: to be asked again in a moment */
	FX_STUCK_LOOK_AGAIN, /* only a handler can go on: to be asked again in a second */
	FX_STUCK_DIES,	     /* --on-deadlock=abort: t has ended the process on its way out */
};

/*
 * To be called when fx_still_all() holds, with its number, by a thread that is about to sleep. Says
 * on standard error, once in the life of a process, that it is stuck and where its threads wait
 * (tell.h), if
 *
 *	- no thread has a signal unblocked that has a handler: for ever;
 *	- such handlers are all that can come, also a second later (`again`): only they can go on.
 *
 * Not if a timer, a child or an asynchronous descriptor may send a signal that has a handler: that
 * is how some programs wait. Blocks until the report is written.
 */
enum fx_stuck fx_stuck(struct fx_thread *t, uint64_t parks, bool again);

/* Whether it has been said that the process is stuck for ever. */
bool fx_stuck_was_said(void);

void fx_stuck_after_fork(void);

#endif
