/* SPDX-License-Identifier: MIT */
/*
 * One instruction before which other threads may go on: which they are, and the code that lets
 * them. Inside patch/.
 */
#ifndef SHIM_PATCH_POINT_X86_64_H
#define SHIM_PATCH_POINT_X86_64_H

#include <stdbool.h>
#include <stdint.h>

#include "shim/patch/insn_x86_64.h"

#define FX_POINT_JUMP  5		     /* bytes */
#define FX_POINT_SLOT  96		     /* bytes of code for one point */
#define FX_POINT_MOVED 30		     /* where the moved instructions begin in it */
#define FX_POINT_MOST  (4 + FX_INSN_LONGEST) /* bytes that move */

/* What is moved to a slot: one instruction or more, as far as a jump needs. */
struct fx_point_shape {
	uint8_t length; /* bytes of the program that have moved */
	bool jumps;	/* long enough for a jump; else a breakpoint marks it */
	uint8_t kind;	/* enum fx_event_kind */
};

/*
 * What a function has told: whether an address in it, as an offset, is where some jump leads; and
 * whether one leads nobody knows where.
 */
struct fx_point_targets {
	const uint8_t *bits; /* one for each byte of the text */
	bool unknown;
};

/* Beside enum fx_event_kind: it reads the processor's counter, which is not the same each time. */
#define FX_POINT_COUNTER 0xff

/* Whether the instruction is a point; points: enum fx_points, of this text. Its kind, or 0. */
uint8_t fx_point_kind(const uint8_t *code, const struct fx_insn *insn, int points);

/* Whether it ends a straight line, and where it leads, from its own end; false if nobody knows. */
bool fx_point_branches(const uint8_t *code, const struct fx_insn *insn, int64_t *leads,
		       bool *known);

/*
 * How the point at code, whose text goes on for `room` bytes, is to be made. at: its offset in the
 * text, for the targets.
 */
struct fx_point_shape fx_point_shape(const uint8_t *code, uint64_t room, uint64_t at,
				     const struct fx_point_targets *targets, uint8_t kind);

/*
 * The slot that lies at `slot`, for the point at `at`: record is pushed, entry holds the address
 * that is jumped to; both where 32 bits reach. False: something cannot be moved that far.
 */
bool fx_point_write(uint8_t out[FX_POINT_SLOT], uintptr_t slot, const uint8_t *code, uintptr_t at,
		    const struct fx_point_shape *shape, const void *record,
		    void (*const *entry)(void));

/* The jump at a point, to its slot. */
bool fx_point_jump(uint8_t out[FX_POINT_JUMP], uintptr_t at, uintptr_t slot);

/*
 * The bytes of memory that a plain instruction reads, changes and writes again, or 0: between the
 * two others may write there, and what they have written is lost.
 */
unsigned fx_point_changes(const uint8_t *code);

/* The address that the instruction's operand in memory names; regs: in the order of their numbers.
 */
uint64_t fx_point_operand(const uint8_t *code, uintptr_t at, const uint64_t regs[16]);

#endif
