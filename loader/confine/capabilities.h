/* SPDX-License-Identifier: MIT */
#ifndef LOADER_CONFINE_CAPABILITIES_H
#define LOADER_CONFINE_CAPABILITIES_H

#include "loader/refusal.h"

/*
 * Empties every capability set: bounding, ambient, inheritable, permitted and
 * effective. Whoever has made a user namespace has all of them in it. 0, or
 * -1 with *why filled.
 */
int fx_capabilities_drop(struct fx_refusal *why);

/* The same for a process that will never execute anything: what an exec could bring is left. */
int fx_capabilities_give_up(struct fx_refusal *why);

/* The same, but if it may go past the modes of files it still may. */
int fx_capabilities_keep_files(struct fx_refusal *why);

/* The same, but if it may choose the numbers of processes in its namespace it still may. */
int fx_capabilities_keep_ids(struct fx_refusal *why);

#endif
