/* SPDX-License-Identifier: MIT */
/*
 * Points inside the program, for schedules (--points): before such an instruction other threads may
 * go on. Where five bytes can be had a jump leads to a slot near by, which calls fx_point_entry
 * with every register as it was, executes what has moved there, and jumps back; elsewhere a
 * breakpoint does the same by a trap. Files' code is changed a page at a time, when somebody first
 * comes there: most of a library nobody ever executes. It is put back before the program changes
 * its mapping.
 */
#ifndef SHIM_PATCH_POINT_H
#define SHIM_PATCH_POINT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "shim/base/kernel_signal.h"

struct fx_point {
	uintptr_t at;	      /* the instruction */
	uintptr_t slot;	      /* its slot */
	uint8_t original[16]; /* of the instruction; what a jump has replaced is in it */
	uint8_t length;	      /* of all that has moved */
	uint8_t kind;	      /* enum fx_event_kind */
	bool jumps;	      /* a jump; else a breakpoint */
	bool gone;	      /* was put back */
};

/* Memory that runs of the program share: what was found in its code is kept there; size 0: none. */
void fx_points_share(void *at, size_t size);

/* Before the guest runs; *entry holds the address of fx_point_entry, as that of fx_patch_init. */
void fx_points_init(void (*const *entry)(void));

/*
 * [start, start + length) is code of the file fd, from offset on, and nobody runs there yet. own:
 * it is the program's, and not a library's. False: points are missing, since nothing is known of
 * the file's functions, there are too many, or no room is near by.
 */
bool fx_points_text(uintptr_t start, size_t length, int fd, uint64_t offset, bool own);

/* The program is about to change what is mapped there. Takes the lock of points. */
void fx_points_forget(uintptr_t start, uintptr_t end);

/*
 * The guest was about to execute code at this address, and could not: if that is since nobody has
 * come to the page yet, its points are made. False: it is not.
 */
bool fx_points_page(uintptr_t at);

/* The guest was interrupted in a slot: it is where it thinks it is. */
void fx_points_put_back(struct ucontext *uc);

/* The point whose breakpoint has trapped, or NULL. */
const struct fx_point *fx_point_trapped(const struct ucontext *uc);

/*
 * The breakpoint at this address has trapped for nothing, as there is no other thread. After many
 * of those the ones in such a page, but for clocks, are left out until fx_points_arm.
 */
void fx_points_rest(uintptr_t at);

/* There will be another thread, which does not run yet. */
void fx_points_arm(void);

/* Where its instructions go on, behind it. */
uintptr_t fx_point_goes_on(const struct fx_point *p);

#endif
