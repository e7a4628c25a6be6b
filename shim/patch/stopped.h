/* SPDX-License-Identifier: MIT */
/* A guest that was stopped in a trampoline, or by a site that was patched: where it goes on. */
#ifndef SHIM_PATCH_STOPPED_H
#define SHIM_PATCH_STOPPED_H

#include <stdbool.h>

struct fx_thread;
struct ucontext;

/*
 * The guest was interrupted, its stack pointer not on the shim's stack. If that was in
 * a trampoline, then the guest is put to where it is as far as it can tell.
 */
void fx_stopped_put_back(struct ucontext *uc);

/* A call that has trapped in a trampoline did so at its site. */
void fx_stopped_trapped(struct ucontext *uc);

/*
 * A fault or trap of the guest's that is none of its own. All true: it goes on.
 *   fetch:  an instruction could not be fetched, perhaps since it was being changed.
 *   behind: an invalid instruction behind a patched `syscall`.
 *   find:   in a trampoline that finds no thread: where that is for GS is the guest's,
 *           patching is turned off.
 *   step:   single step inside a trampoline, before anything of the guest's was executed.
 */
bool fx_stopped_fetch(struct fx_thread *t, const struct ucontext *uc);
bool fx_stopped_behind(struct fx_thread *t, struct ucontext *uc);
bool fx_stopped_find(struct ucontext *uc);
bool fx_stopped_step(struct ucontext *uc);

/* The same fault in a trampoline, on the shim's stack already: its neighbour is being written. */
bool fx_stopped_entering(struct fx_thread *t, const struct ucontext *uc);

#endif
