/* SPDX-License-Identifier: MIT */
/*
 * How long an instruction is: the least that a decoder can do, for code that is
 * about to be patched. Intel SDM volume 2, chapter 2 and appendix A; tested against Zydis.
 */
#ifndef SHIM_PATCH_INSN_X86_64_H
#define SHIM_PATCH_INSN_X86_64_H

#include <stdbool.h>
#include <stdint.h>

struct fx_insn {
	uint8_t length;
	uint8_t opcode; /* the last byte of it */
	uint8_t rex;	/* 0: none; of VEX what says the same */
	bool one_byte;	/* no 0f, VEX, XOP or EVEX before the opcode */
	bool prefixed;	/* by something else than rex */
	bool lock;	/* f0 */
	bool repeat;	/* f3, or what in VEX says the same */
	bool half;	/* 66, likewise */
	bool two_byte;	/* 0f and the opcode, without VEX and its kind */
	bool vector;	/* VEX that stands for 0f, and the opcode */
	uint8_t modrm;	/* where it is, from the start; 0: there is none */
};

#define FX_INSN_LONGEST 15

/*
 * Reads one instruction of 64-bit code; `room` bytes may be read. False: none that ends
 * there. What no processor executes may be given a length all the same.
 */
bool fx_insn_read(const uint8_t *code, int room, struct fx_insn *out);

#endif
