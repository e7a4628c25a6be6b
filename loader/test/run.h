/* SPDX-License-Identifier: MIT */
/* The process of a run, or of a source: its command line, descriptors, processor, and end. */
#ifndef LOADER_TEST_RUN_H
#define LOADER_TEST_RUN_H

#include <signal.h>

#include "loader/refusal.h"
#include "loader/test/workers.h"

/* How many words of a command line are not the command's own, NULL with them. */
#define FX_RUN_OWN_WORDS 17

/* What workers wait for by a signalfd, and programs are not to have blocked. */
void fx_run_watched(sigset_t *set);

/*
 * Starts it, with a group of its own. orders: the socket of a source, which is started then, or -1.
 * 0, or -1 with *why filled.
 */
int fx_run_begin(struct fx_workers *w, struct fx_run *run, int orders, struct fx_refusal *why);

/* It and its group, if there is one; who has started it waits for it. */
void fx_run_kill(struct fx_run *run);

#endif
