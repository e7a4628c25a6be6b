/* SPDX-License-Identifier: MIT */
/*
 * Tasks for the other files of this folder. All but the lock itself are called with it held: it
 * is one spin lock, taken with interrupts off, that goes along when a core changes tasks.
 */
#ifndef MANAGER_PLATFORM_BARE_TASK_H
#define MANAGER_PLATFORM_BARE_TASK_H

#include <stdint.h>

#include "manager/platform_bare/bare.h"

void fx_bare_lock(void);
void fx_bare_unlock(void);

/* The calling task sleeps on the word, until a wake or its deadline (or NULL). What park returns.
 */
int fx_bare_sleep(const uint32_t *word, const struct fx_deadline *deadline);

/* The one that has slept longest on the word, if there is one, can run again. */
void fx_bare_wake(const uint32_t *word);

/* Cores that sleep look at the clocks again. */
void fx_bare_kick_all(void);

/* park.c: the clocks. */
void fx_bare_now(enum fx_clock clock, struct fx_deadline *out);

#endif
