/* SPDX-License-Identifier: MIT */
/*
 * The machine code of patched call sites: which sites can be patched, and the
 * trampoline that takes the place of what was there.
 *
 * A site is five bytes and the `syscall` behind them. The five bytes are one
 * instruction, which moves into the trampoline; a jump to the trampoline takes
 * its place. The `syscall` stays: who jumps straight to it traps, as before,
 * and so does the trampoline when it cannot serve the call.
 *
 *	site		jmp   trampoline
 *	site + 5	syscall
 *	site + 7	(the return address)
 *
 * A trampoline is code of the guest as far as the guest can tell. Until rsp
 * points to the shim's stack its state is in the registers that `syscall`
 * clobbers anyway, so that wherever a signal stops it the guest can be put
 * back to the site or before its `syscall`, with every register as it was.
 */
#ifndef SHIM_PATCH_X86_64_H
#define SHIM_PATCH_X86_64_H

#include <stdbool.h>
#include <stdint.h>

#define FX_SITE_LENGTH	     7
#define FX_SITE_MOVED	     5 /* bytes that a jump replaces */
#define FX_TRAMPOLINE_LENGTH 64

struct ucontext;

/* Pushed by a trampoline; the entry reads ret. */
struct fx_site_record {
	uintptr_t ret; /* the address behind the site's `syscall`; 0: nothing here yet */
};

/*
 * Whether the bytes before a `syscall` that has just trapped with this number
 * are one instruction of FX_SITE_MOVED bytes that may be executed elsewhere.
 * code ends with the `syscall`, has FX_SITE_LENGTH + FX_SITE_BEFORE bytes.
 */
#define FX_SITE_BEFORE 24
bool fx_site_can_move(const uint8_t code[FX_SITE_BEFORE + FX_SITE_LENGTH], long nr);

/* The jump at a site. False: the trampoline is too far away. */
bool fx_site_jump(uint8_t out[FX_SITE_MOVED], uintptr_t site, uintptr_t trampoline);

/* The trampoline that will lie at `at`. False: the site is too far away. */
bool fx_trampoline_write(uint8_t out[FX_TRAMPOLINE_LENGTH], uintptr_t at,
			 const uint8_t moved[FX_SITE_MOVED], const struct fx_site_record *site);

/* The guest was stopped inside a trampoline: puts its registers back to where it is at the site. */
void fx_trampoline_leave(struct ucontext *uc, uintptr_t trampoline,
			 const struct fx_site_record *site);

#endif
