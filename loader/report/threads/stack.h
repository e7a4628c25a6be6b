/* SPDX-License-Identifier: MIT */
/* The calls that a thread is in, from its registers and the copy of its stack. */
#ifndef LOADER_REPORT_THREADS_STACK_H
#define LOADER_REPORT_THREADS_STACK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "loader/report/threads/modules.h"

#define FX_FRAMES_MOST 256 /* of a stack; it is said that there are more */

enum fx_frame_how {
	FX_FRAME_FIRST,	  /* where the thread stands */
	FX_FRAME_UNWOUND, /* by the tables of its module */
	FX_FRAME_SCANNED, /* an address behind a call lay in the stack: it may be an old one */
};

struct fx_frame {
	uint64_t pc; /* where it goes on */
	uint64_t sp; /* its stack pointer then; the frame reaches to that of the next one */
	enum fx_frame_how how;
	bool exact;   /* it stands before pc; else behind a call, which may be another line's */
	bool handler; /* the kernel's call of a signal handler */
};

struct fx_stack {
	struct fx_frame *frame; /* innermost first */
	size_t frames;
	bool more; /* than FX_FRAMES_MOST, or than was copied */
};

/* Prepares m for fx_stack_read: once, after fx_modules_open. 0, or -1 and *why. */
int fx_stack_attach(struct fx_modules *m, struct fx_refusal *why);

/*
 * The stack of a thread whose registers are known; by tables as far as there are any, then by a
 * scan. At least one frame. To be freed by fx_stack_free. Reads files only.
 */
void fx_stack_read(struct fx_modules *m, const struct fx_dump_task *task, struct fx_stack *stack);
void fx_stack_free(struct fx_stack *stack);

/* The address of a frame's instruction, for symbols and lines. */
static inline uint64_t fx_frame_at(const struct fx_frame *f)
{
	return f->exact || !f->pc ? f->pc : f->pc - 1;
}

#endif
