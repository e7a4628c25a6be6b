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

struct fx_thread;
struct ucontext;

/* Points the thread's GS to its block. For a thread itself, before it enters the guest. */
void fx_patch_thread(struct fx_thread *t);

/*
 * A call has trapped at the site that ends at ret: counts it, and patches the site
 * when its time has come. Any thread may; does nothing while another does.
 */
void fx_patch_consider(struct fx_thread *t, uintptr_t ret, long nr);

/* Whether a call can be served without the frame that a trap leaves. */
bool fx_patch_serves(long nr);

/*
 * The guest was interrupted, its stack pointer not on the shim's stack. If that was in
 * a trampoline, or on the way out of the shim, then the guest is put to where it is as
 * far as it can tell.
 */
void fx_patch_put_back(struct fx_thread *t, struct ucontext *uc);

/* A call that has trapped in a trampoline did so at its site. */
void fx_patch_trapped(struct ucontext *uc);

/*
 * A fault or trap of the guest's that is none of its own. All true: it goes on.
 *   fetch:  an instruction could not be fetched, perhaps since it was being changed.
 *   behind: an invalid instruction behind a patched `syscall`.
 *   gs:     in a trampoline, where GS is the guest's; turns patching off.
 *   step:   single step inside a trampoline, before anything of the guest's was executed.
 */
bool fx_patch_fetch(struct fx_thread *t, const struct ucontext *uc);
bool fx_patch_behind(struct fx_thread *t, struct ucontext *uc);
bool fx_patch_gs(struct fx_thread *t, struct ucontext *uc);
bool fx_patch_step(struct ucontext *uc);

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
