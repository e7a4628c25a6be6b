/* SPDX-License-Identifier: MIT */
/* Where threads meet: the events at which it can matter who goes on. Inside schedule/. */
#ifndef SHIM_SCHEDULE_MEETS_H
#define SHIM_SCHEDULE_MEETS_H

#include <stdbool.h>
#include <stdint.h>

#include "shim/schedule.h"

/*
 * Whether they do at this event, as far as is known: not where a thread does what no other can see,
 * by a call, or in a word that is not in the order's set. True where there is no set.
 */
bool fx_meets(const struct fx_schedule *order, enum fx_event_kind kind, uint64_t what);

#endif
