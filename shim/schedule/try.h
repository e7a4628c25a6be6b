/* SPDX-License-Identifier: MIT */
/* How a call that may sleep is tried: what all of sleeps.h share. Inside schedule/. */
#ifndef SHIM_SCHEDULE_TRY_H
#define SHIM_SCHEDULE_TRY_H

#include <stdbool.h>
#include <stdint.h>

#include "shim/schedule/nap.h"

struct fx_thread;

/* A call to the host. */
struct fx_host_args {
	long nr, a, b, c, d, e, f;
};

#define FX_NEVER (~0ULL) /* a moment that does not come */

/* The call itself, by the host, and whether a signal waits that comes first. */
long fx_try_host(const struct fx_host_args *x);
bool fx_try_bails(const struct fx_thread *t);

/* A sleep of this call, until that moment. */
struct fx_nap fx_nap_until(const struct fx_host_args *x, uint64_t until_ns);

/* The moment at which so much time has passed. */
uint64_t fx_moment_in(uint64_t ns);

/* struct timespec: whether it can be one, and as nanoseconds. */
bool fx_is_time(const int64_t time[2]);
uint64_t fx_time_ns(const int64_t time[2]);
/* A timeout in the program's memory. False: it has none. *r: -EFAULT, -EINVAL, or 0. */
bool fx_read_timeout(long at, uint64_t *ns, long *r);

/*
 * The host's mask for a call, whose address is given, and the one before again; but that what was
 * recorded has all blocked.
 */
void fx_mask_take(long mask, uint64_t *before);
void fx_mask_give_back(const struct fx_thread *t, uint64_t before);

/* Until what `try` finds, which is 0 while there is nothing; or, 0, until the nap's time is over.
 */
long fx_try_again(struct fx_thread *t, struct fx_nap *nap, const struct fx_host_args *try);
/* The same with the host's mask as the call has it, if it has one. */
long fx_try_with_mask(struct fx_thread *t, long mask, struct fx_nap *nap,
		      const struct fx_host_args *try);

#endif
