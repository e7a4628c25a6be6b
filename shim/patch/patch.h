/* SPDX-License-Identifier: MIT */
/*
 * Call sites that trap often are patched, so that their calls reach the shim by a
 * jump. docs/adr/0018 says why it is done this way.
 *
 * Code is changed a page at a time, in three steps: the page becomes writable and
 * loses its execute permission, is written, and becomes executable again. So it is
 * never both, nobody executes a half-written instruction, and no processor keeps an
 * old one: taking the permission away interrupts all that run this memory. A thread
 * that comes to the page meanwhile faults, waits, and goes on.
 *
 * What the guest may do with its code takes part: calls that unmap, move or protect
 * memory put back what was there before they begin.
 */
#ifndef SHIM_PATCH_PATCH_H
#define SHIM_PATCH_PATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "shim/base/config.h"

struct fx_patch_site;
struct fx_thread;

/* Whether sites are ever patched in this run. */
static inline bool fx_patch_active(void)
{
	return fx_config.intercept != FX_INTERCEPT_TRAP;
}

/*
 * Before the guest runs. *entry, which lies where 32 bits reach and never changes, is where
 * trampolines lead: given by who has it, since it leads to every call, and some of these
 * change code.
 */
void fx_patch_init(void (*const *entry)(void));

/* Trampolines find the thread from now on. For a thread itself, before it enters the guest, and
 * when the guest has set its FS. */
void fx_patch_thread(struct fx_thread *t);

/*
 * A call has trapped at the site that ends at ret: counts it, and patches the site
 * when its time has come. Any thread may; does nothing while another does.
 */
void fx_patch_consider(struct fx_thread *t, uintptr_t ret, long nr);

/* Whether a call can be served without the frame that a trap leaves. */
bool fx_patch_serves(long nr);

/* Somebody jumps to what follows the `syscall` of a patched site; if too often, it is put back. */
void fx_patch_jumped(struct fx_thread *t, struct fx_patch_site *s);

/*
 * Waits until no code is being changed. *changes: how often it was, so far; false if never.
 * Takes the lock.
 */
bool fx_patch_await_changes(uint32_t *changes);

/* Puts everything back, for good: the guest uses GS. */
void fx_patch_stop(void);

/*
 * [start, start + length) is a file's code from now on, mapped privately, readable and
 * executable. Only there sites are patched: not in what is made at run time.
 */
void fx_patch_text(uintptr_t start, size_t length);

/*
 * Around a host call that changes mappings in [start, start + length): begin puts back
 * what was patched there, and until end nothing is patched anywhere. Begins and ends
 * of several threads may overlap.
 */
void fx_patch_change_begin(uintptr_t start, size_t length);
void fx_patch_change_end(void);

/* Around fork, with the other locks of the shim; and in the child. */
void fx_patch_lock_all(void);
void fx_patch_unlock_all(void);
void fx_patch_after_fork(void);

#endif
