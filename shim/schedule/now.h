/* SPDX-License-Identifier: MIT */
/* The schedule's own time, and chance for the program. Inside schedule/, but for fx_now and tsc. */
#ifndef SHIM_SCHEDULE_NOW_H
#define SHIM_SCHEDULE_NOW_H

#include <stdbool.h>
#include <stdint.h>

#include "shim/schedule.h"

void fx_now_begin(uint64_t seed);

/* Nanoseconds since the beginning; if looks, the program asks, and time passes faster if it does
 * nothing else. */
uint64_t fx_now(bool looks);

/* An event has taken its time; what: of it. */
void fx_now_pass(enum fx_event_kind kind, uint64_t what);
/* It is this moment, or later. */
void fx_now_jump(uint64_t ns);

/* Random bits for the program. */
uint64_t fx_now_random(void);

#endif
