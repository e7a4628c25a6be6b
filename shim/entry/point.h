/* SPDX-License-Identifier: MIT */
/* Points between two instructions of the guest, where other threads may go on: patch/point.h. */
#ifndef SHIM_ENTRY_POINT_H
#define SHIM_ENTRY_POINT_H

#include <stdbool.h>
#include <stdint.h>

struct fx_point;
struct fx_thread;
struct ucontext;

/* What point_x86_64.S has pushed. */
struct fx_point_frame {
	uint64_t r15, r14, r13, r12, r11, r10, r9, r8, rdi, rsi, rbp, rbx, rdx, rcx, rax;
	uint64_t flags;
	const struct fx_point *record;
};

/* Called from there. Returns when it is the thread's turn. */
void fx_point(struct fx_point_frame *f);

/* The breakpoint of a point has trapped: likewise; false: it is none. */
bool fx_point_reached(struct fx_thread *t, struct ucontext *uc);

#endif
