/* SPDX-License-Identifier: MIT */
/*
 * One baton: of the process's threads one runs at a time, the others wait for their turn. At an
 * event (shim/schedule.h) the policy says whose turn is next. Time is the schedule's own, and goes
 * on by events, or to the next moment that somebody sleeps for when nobody else can go on.
 *
 * Whoever has the baton may touch all of this, and needs no lock. A thread is inside the shim
 * when it gives the baton away, so that signals that come meanwhile are recorded
 * (entry/interrupt.c) and found by who chooses.
 *
 * A process of its own in our memory (vfork) takes no part; its parent keeps the baton. A forked
 * child has a schedule of its own, of which nobody is told.
 */
#ifndef SHIM_SCHEDULE_TURN_H
#define SHIM_SCHEDULE_TURN_H

#include <stdbool.h>
#include <stdint.h>

#include "shim/base/config.h"
#include "shim/schedule.h"
#include "shim/schedule/nap.h"

struct fx_thread;

/* Whether threads take turns in this process. */
static inline bool fx_turns(void)
{
	return fx_config.scheduled;
}

/* Maps the file of the order, and makes t the first thread. Fails the process with a line. */
void fx_turn_init(struct fx_thread *t);

/*
 * An event: others may go on first. yields: t has nothing to do before others have done something.
 * ip: where the program is. May sleep, for as long as others go on.
 */
void fx_turn_point(struct fx_thread *t, enum fx_event_kind kind, uintptr_t ip, uint64_t what,
		   bool yields);

/*
 * t sleeps. 0 if it was woken or has to look, -ETIMEDOUT, or -EINTR when a signal is recorded.
 * If nobody can ever go on any more the process is told to be hung, and t does not return but for
 * a signal.
 */
int fx_turn_sleep(struct fx_thread *t, const struct fx_nap *nap);

/* Whoever sleeps on the word may go on. False: none of the threads that take turns does. */
bool fx_turn_wake(uint32_t *word);

/* Whether t is the only thread, so that its calls may sleep in the host. */
bool fx_turn_alone(const struct fx_thread *t);

/* A signal has been sent, or may have come: who waits for signals by a call looks again. */
void fx_turn_try_again(void);

/* Something was done that lets others go on, so that the call that did it has an event behind it.
 */
void fx_turn_note_wake(struct fx_thread *t);
bool fx_turn_woke(struct fx_thread *t);

/* Whether there has never been another thread. */
bool fx_turn_first(void);

/* Around the making of a thread: before it runs; it runs, as tid; it does not. False: too many. */
bool fx_turn_new(struct fx_thread *child);
void fx_turn_made(struct fx_thread *child, uint32_t tid);
void fx_turn_not_made(struct fx_thread *child);
/* The thread itself, first and last. After the last it may do nothing that others could see. */
void fx_turn_begin(struct fx_thread *t);
void fx_turn_end(struct fx_thread *t);

/* In a forked child. */
void fx_turn_after_fork(struct fx_thread *t);

/* The process ends. */
void fx_turn_exit(struct fx_thread *t);

/* It is about to end, or to die: if that was asked for it is stopped, until somebody continues it.
 */
void fx_turn_stop_here(const struct fx_thread *t);

/*
 * A process or a timer of the host's was made, which may do something at any moment; a futex was
 * left to the host, whose waits keep the turn.
 */
void fx_turn_process_made(void);
void fx_turn_timer_set(void);
void fx_turn_shared_futex(void);

/*
 * The watchdog: whether t was nudged since others have waited for long, and it has come to no event
 * meanwhile; and that it yields therefore, where the program is.
 */
bool fx_turn_overdue(struct fx_thread *t);
void fx_turn_stop(struct fx_thread *t, uintptr_t ip);

#endif
