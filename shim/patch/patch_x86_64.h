/* SPDX-License-Identifier: MIT */
/*
 * The machine code of patched call sites: which sites can be patched, and the
 * trampoline that takes the place of what was there.
 *
 * A site is a `syscall` and the instruction before it, or the one behind it. Five bytes
 * of these become a jump to a trampoline, into which the instruction moves.
 *
 *	before:	site		jmp   trampoline	(an instruction of five bytes)
 *		...		(as they were: more that also move, in one kind of site)
 *		ret - 2		syscall			(as it was)
 *		ret
 *
 *	behind:	ret - 2		jmp   trampoline	(syscall)
 *		ret		a byte of the jump	(an instruction of three bytes or more)
 *
 * In the first the `syscall` stays: who jumps straight to it traps, as before, and so
 * does the trampoline when it cannot serve the call. In the second the byte at ret is
 * one that no instruction begins with: who comes there, back from a handler or from a
 * call that was under way when the site was patched, faults, and goes on in the
 * trampoline, which has a `syscall` of its own.
 *
 * A trampoline is code of the guest as far as the guest can tell. Until rsp
 * points to the shim's stack its state is in the registers that `syscall`
 * clobbers anyway, so that wherever a signal stops it the guest can be put
 * back to the site or before its `syscall`, with every register as it was.
 */
#ifndef SHIM_PATCH_PATCH_X86_64_H
#define SHIM_PATCH_PATCH_X86_64_H

#include <stdbool.h>
#include <stdint.h>

#include "shim/patch/insn_x86_64.h"

#define FX_SYSCALL_LENGTH 2
#define FX_JUMP_LENGTH	  5
#ifdef FX_WIDE_WINDOWS
#define FX_TRAMPOLINE_LENGTH 144
#else
#define FX_TRAMPOLINE_LENGTH 112
#endif

struct fx_thread;
struct ucontext;

/* Pushed by a trampoline; patched_x86_64.S reads it. */
struct fx_site_record {
	uintptr_t ret;	 /* the address behind the site's `syscall`; 0: nothing here yet */
	uintptr_t back;	 /* where the guest goes on after a call that was served */
	uintptr_t again; /* a `syscall` that traps, for a call that was not */
};

/* What is to move: one of the first two is 0. */
struct fx_site_shape {
	uint8_t before; /* bytes before the `syscall`: FX_JUMP_LENGTH, or more instructions */
	uint8_t behind; /* bytes behind it: a whole instruction */
	bool by_fs;	/* how the trampoline finds its thread, find.h; the caller's to say */
};

/* Where trampolines lead, and look; both are reached by 32 bits. */
struct fx_trampoline_ends {
	void (*const *entry)(void);
	struct fx_thread *const *table; /* fx_find_table */
};

/* Bytes that are read around a `syscall`. */
#define FX_SITE_BEFORE 29
#define FX_SITE_BEHIND 15
#define FX_SITE_MOVED  (FX_SYSCALL_LENGTH + FX_INSN_LONGEST) /* the most that moves */
#define FX_SITE_BYTES  (FX_SITE_BEFORE + FX_SYSCALL_LENGTH + FX_SITE_BEHIND)

/*
 * How a site can be patched whose `syscall`, at code + FX_SITE_BEFORE, has just trapped
 * with this number. False: in no way.
 */
bool fx_site_shape(const uint8_t code[FX_SITE_BYTES], long nr, struct fx_site_shape *out);

/* Where the jump begins. */
static inline uintptr_t fx_site_start(uintptr_t ret, struct fx_site_shape shape)
{
	return ret - FX_SYSCALL_LENGTH - shape.before;
}

/*
 * The jump at a site. False: the trampoline is too far away; or in a place where the
 * byte at ret would be one that an instruction begins with.
 */
bool fx_site_jump(uint8_t out[FX_JUMP_LENGTH], uintptr_t ret, struct fx_site_shape shape,
		  uintptr_t trampoline);

/*
 * The trampoline that will lie at `at`, for a site with this code; fills site->back and
 * site->again. False: the site is too far away.
 */
bool fx_trampoline_write(uint8_t out[FX_TRAMPOLINE_LENGTH], uintptr_t at,
			 const uint8_t code[FX_SITE_BYTES], struct fx_site_shape shape,
			 const struct fx_trampoline_ends *ends, struct fx_site_record *site);

/* The guest was stopped inside a trampoline: puts its registers back to where it is at the site. */
void fx_trampoline_leave(struct ucontext *uc, uintptr_t trampoline, struct fx_site_shape shape,
			 const struct fx_site_record *site);

/* Whether nothing of the guest's has been executed in the trampoline, this far into it. */
bool fx_trampoline_begins(uintptr_t offset);

/* Whether it looks for the thread's block there: where it faults if GS is the guest's, or FS
 * nothing that is known. */
bool fx_trampoline_finds(uintptr_t offset, struct fx_site_shape shape);

/* Whether a `syscall` that ended this far into a trampoline is the trampoline's own. */
bool fx_trampoline_trapped(uintptr_t offset, struct fx_site_shape shape);

/* Where what has moved from behind the `syscall` begins: for who comes to ret otherwise. */
uintptr_t fx_trampoline_behind(uintptr_t trampoline, struct fx_site_shape shape);

#endif
