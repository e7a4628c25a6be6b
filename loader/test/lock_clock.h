/* SPDX-License-Identifier: MIT */
/*
 * What has to come before what in a run, whatever the schedule: by the making and the end of
 * threads, and by all that they tell each other but by locks. Vector clocks, of the uses of words
 * (shim/schedule.h) by their places in the list.
 *
 * A lock orders nothing: who took it first might have been second. All other atomic instructions
 * order by the word, with its neighbours; so do futexes; system calls, but for those that cannot
 * tell anything to another thread; and plain stores of flags with the loads that find them. A flag
 * is a word that one thread alone writes, or that is zero or one other value. Where a value has
 * come by a store that nobody has seen, whoever finds it comes after all that was before.
 */
#ifndef LOADER_TEST_LOCK_CLOCK_H
#define LOADER_TEST_LOCK_CLOCK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "loader/test/lock_kinds.h"

#define FX_CLOCK_THREADS 64 /* of a run with more nothing is said */

struct fx_lock_clock;

/* All four are borrowed. NULL: no memory, or too many threads. */
struct fx_lock_clock *fx_lock_clock_begin(const struct fx_use *use, size_t count,
					  const struct fx_lock_sites *sites,
					  const struct fx_lock_kinds *kinds);
void fx_lock_clock_free(struct fx_lock_clock *clock);

size_t fx_lock_clock_threads(const struct fx_lock_clock *clock);

/* Goes on to the i-th use, each in turn. False: no memory. */
bool fx_lock_clock_step(struct fx_lock_clock *clock, size_t i);

/*
 * How much of each thread comes before what this one does now: one more than the place of the last
 * use. Borrowed until the next step.
 */
const uint32_t *fx_lock_clock_of(const struct fx_lock_clock *clock, unsigned thread);

#endif
