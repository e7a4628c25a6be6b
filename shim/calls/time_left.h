/* SPDX-License-Identifier: MIT */
/*
 * How long a call that waits for a relative time still has to wait. A signal that the program
 * blocks or ignores does not interrupt it on Linux; the host's call it ends, if the signal is one
 * that the host never blocks. Then the call is begun anew, and goes on for the time that is left.
 *
 * fx_thread.until_nr says that a call of this number has begun and, if it was interrupted, is the
 * next that the thread makes: what ends it otherwise (a result, a handler) clears it.
 */
#ifndef SHIM_CALLS_TIME_LEFT_H
#define SHIM_CALLS_TIME_LEFT_H

#include <stdbool.h>
#include <stdint.h>

struct fx_call;
struct fx_thread;

/* As the kernel reads and writes it. */
struct fx_time {
	int64_t sec, nsec;
};

/*
 * Of a call that waits for *time. True: it goes on, and *time is what is left now. False: it
 * begins, with the time as the guest gave it, which the host may judge.
 */
bool fx_time_left(struct fx_thread *t, const struct fx_call *c, struct fx_time *time);

/* The same for a number of milliseconds, as poll(2) takes them; below 0: for ever. */
bool fx_time_left_ms(struct fx_thread *t, const struct fx_call *c, int *ms);

/*
 * The same for a struct timespec of the guest's (0: for ever) that the host is to read: *host is
 * the guest's, or own, which is filled. -EFAULT if it cannot be read.
 */
long fx_time_left_at(struct fx_thread *t, const struct fx_call *c, struct fx_time *own,
		     uintptr_t *host);

#endif
