/* SPDX-License-Identifier: MIT */
/*
 * The order of the run (shim/schedule.h) as the shim has it, and what is written down there.
 * Whoever has the turn may touch it. Inside schedule/.
 */
#ifndef SHIM_SCHEDULE_ORDER_H
#define SHIM_SCHEDULE_ORDER_H

#include <stdbool.h>
#include <stdint.h>

#include "shim/schedule.h"

struct fx_policy;
struct fx_thread;

/* In the file, or of this process alone; NULL without a schedule. */
extern struct fx_schedule *fx_order;

/* Maps the file, and fails the process with a line if it is none. */
void fx_order_map(void);
/* The list that a REPLAY follows, and how many are in it; NULL: none. */
const struct fx_decision *fx_order_follow(uint64_t *count);
/* An order of which nobody is told: of another process than the first. As `like`, if there is one.
 */
void fx_order_own(uint64_t seed, const struct fx_schedule *like);
bool fx_order_is_own(void);

/* enum fx_unforeseen. */
void fx_order_unforeseen(uint32_t why);

/* One event more; and which thread went on after it: into the list of steps, and the hash. */
void fx_order_step(const struct fx_thread *t, unsigned thread, enum fx_event_kind kind,
		   uintptr_t ip, uint64_t what);
void fx_order_went_on(unsigned thread, unsigned next, enum fx_event_kind kind, uintptr_t ip,
		      uint64_t what);
/* What was decided about that, into the list of decisions. */
void fx_order_decision(const struct fx_decision *decision);
/* Of a REPLAY: how much of its list was followed, and where it has strayed. */
void fx_order_followed(const struct fx_policy *policy);

/* What is mapped now, if that is asked for. */
void fx_order_note_maps(void);

/* One line on the report descriptor, for who compares two runs. */
void fx_order_say_end(void);

#endif
