/* SPDX-License-Identifier: MIT */
/*
 * One beginning for many runs. Until its second thread is made a program does the same under each
 * seed: there it stops, and is copied by fork for each order that is given (struct fx_schedule's
 * `snapshot`). A copy has the ids of the first process, for whoever serves it (loader/copies.h) has
 * them given again, and goes on as a run of its own would; its parent is the process that it is a
 * copy of, which never runs any of the program's code.
 *
 * Only what fork copies is as it was: where there is more (struct fx_schedule's `unsound` says
 * what) the program goes on alone.
 */
#ifndef SHIM_SCHEDULE_SNAPSHOT_H
#define SHIM_SCHEDULE_SNAPSHOT_H

#include <stdbool.h>
#include <stdint.h>

struct fx_thread;

/* The program begins, with the descriptors that it was given. */
void fx_snapshot_begin(void);

/* t, the only thread, is about to make a second one. Returns in each copy, or where there is none.
 */
void fx_snapshot_take(struct fx_thread *t);

/* t makes this call. What it leaves behind for other processes keeps copies from being alike. */
void fx_snapshot_note_call(uint64_t nr);

/* The code at this address has its points now. */
void fx_snapshot_note_page(uintptr_t at);

/* In a child of the program's: it is no copy. */
void fx_snapshot_after_fork(void);

/* As getppid(2) would have it in a run of its own; 0: this is one. */
long fx_snapshot_parent(void);

#endif
