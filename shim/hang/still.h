/* SPDX-License-Identifier: MIT */
/*
 * Who stands still. A thread that sleeps on a futex of the manager's without a deadline goes on
 * only if another thread of the process wakes it, or a signal comes. They are counted; when the
 * last one falls asleep, and looks, it can tell that nobody is left.
 *
 * Nothing of this is done by who need not sleep, and who sleeps pays for a few words of its own
 * and one that all share.
 */
#ifndef SHIM_HANG_STILL_H
#define SHIM_HANG_STILL_H

#include <stdbool.h>
#include <stdint.h>

struct fx_thread;

/*
 * Around the sleep of t on the word that its waker changes; for_a_time: it has a deadline. True: it
 * may be the last that is awake.
 */
bool fx_still_begin(struct fx_thread *t, uint32_t *word, bool for_a_time);
void fx_still_end(struct fx_thread *t);

/*
 * Whether all threads of the process sleep on futexes without a deadline, at one and the same
 * moment, so that none of them can do anything any more but for a signal. False also if another
 * process runs in the same memory. *parks: how often they have fallen asleep; between two calls
 * with the same number nobody did. self: a thread that is on its way to sleep, or NULL. Takes no
 * lock.
 */
bool fx_still_all(const struct fx_thread *self, uint64_t *parks);

/* t has ended, and n other threads are left: one of them may have to look. */
void fx_still_thread_gone(const struct fx_thread *t, uint32_t n);

/* In a forked child: nobody sleeps. */
void fx_still_after_fork(struct fx_thread *t);

/* For how long a thread has slept, which fx_thread.parked says it does; 0: not known. */
uint64_t fx_still_since_ns(const struct fx_thread *t);

#endif
