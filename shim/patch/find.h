/* SPDX-License-Identifier: MIT */
/*
 * How a trampoline finds the block of the thread that is in it. docs/adr/0043 says why.
 *
 *	by GS	its base is the block. Free where a program can set it by an instruction
 *		(FSGSBASE); elsewhere each switch between two threads would cost a privileged
 *		write, which some hypervisors make themselves.
 *	by FS	where it is: the word there is its own address, as the ABI of thread-local
 *		storage has it, and says where in a table the block is noted. Who is in nobody's
 *		place of the table goes on trapping.
 *
 * One way holds for a process, but sites that were patched before keep theirs.
 */
#ifndef SHIM_PATCH_FIND_H
#define SHIM_PATCH_FIND_H

#include <stdbool.h>
#include <stdint.h>

struct fx_thread;

/* Places in the table; and which one is an FS base's, which patch_x86_64.c has as instructions. */
#define FX_FIND_BITS   12
#define FX_FIND_SHIFT  8
#define FX_FIND_FACTOR 0x9e3779b1u

static inline uint32_t fx_find_place(uintptr_t fs_base)
{
	return ((uint32_t)(fs_base >> FX_FIND_SHIFT) * FX_FIND_FACTOR) >> (32 - FX_FIND_BITS);
}

/* By place; NULL: nobody's. Where 32 bits reach. */
extern struct fx_thread *fx_find_table[1 << FX_FIND_BITS];

/* Once the configuration is known, before there is a thread. */
void fx_find_init(void);

/* Whether sites that are patched now find their threads by FS. */
bool fx_find_by_fs(void);

/*
 * The calling thread is to be found from now on. Before it enters the guest, and when the
 * guest has set its FS. Never fails: who cannot be found traps.
 */
void fx_find_enter(struct fx_thread *t);

/* The thread is not to be found any more: it ends. Any thread may call it. */
void fx_find_leave(struct fx_thread *t);

/*
 * In the caller, t, before a child is made that has its FS: neither is found by that. Returns
 * what unshare wants to know, which the caller calls once the child is gone, or was not made.
 */
bool fx_find_share(struct fx_thread *t, struct fx_thread *child);
void fx_find_unshare(struct fx_thread *t, bool was);

/* In a forked child, whose only thread is t. */
void fx_find_after_fork(struct fx_thread *t);

#endif
