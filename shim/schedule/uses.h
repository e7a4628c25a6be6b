/* SPDX-License-Identifier: MIT */
/*
 * Who used which words, in their order, as far as points are there: written to the file of the
 * schedule if that is asked for (struct fx_use), so that orders of locks can be found in it after
 * the run. It changes neither events nor choices. Whoever has the baton may call these.
 */
#ifndef SHIM_SCHEDULE_USES_H
#define SHIM_SCHEDULE_USES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "shim/schedule.h"

struct fx_call;
struct fx_thread;

/*
 * Room for so many, which are counted in *count, those as well for which there is none left. NULL:
 * nobody asked, or this process is another than the first.
 */
void fx_uses_share(struct fx_use *at, uint64_t room, uint64_t *count);

extern bool fx_uses_wanted;

/*
 * t executes this instruction next, and nobody else does anything before its next event.
 * `exchanges`: of an atomic one, that it puts a value there. rsp: where its stack is.
 */
void fx_uses_word(const struct fx_thread *t, enum fx_event_kind kind, bool exchanges, uintptr_t ip,
		  uintptr_t address, uintptr_t rsp);
/* It makes this call next. */
void fx_uses_call(const struct fx_thread *t, const struct fx_call *c);
/* The thread of number `by` has made this one. */
void fx_uses_made(unsigned by, const struct fx_thread *child);
/* It has ended. */
void fx_uses_ended(unsigned thread);
/* It has come to its next event: what it has left in the word of its last use is known. */
void fx_uses_settle(unsigned thread);

#endif
