/* SPDX-License-Identifier: MIT */
/* A run whose schedule a seed chooses: what has to be there before the program starts. */
#ifndef LOADER_SCHEDULED_H
#define LOADER_SCHEDULED_H

#include <stdint.h>

#include "loader/refusal.h"
#include "shim/boot.h"

struct fx_options;

/*
 * Executes fxbox anew where the host would lay out memory by chance, with that turned off; so it
 * returns at once then. To be called before anything is opened. If the host refuses that
 * (personality(2)), the schedule says so.
 */
void fx_schedule_fix_layout(char **argv, char **envp);

/*
 * Opens the file of the schedule (shim/schedule.h), of --schedule, or makes one of memory, and puts
 * it to its kept place; fills what the config says of it. After fx_descriptors_open. Returns 0,
 * or -1 with *why filled.
 */
int fx_schedule_open(struct fx_config *config, const struct fx_options *options,
		     struct fx_refusal *why);

/* The random bytes that a program is given at its start (AT_RANDOM): the same in each run. */
void fx_schedule_random(unsigned char random[16]);

#endif
