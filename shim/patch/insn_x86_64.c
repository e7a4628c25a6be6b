/* SPDX-License-Identifier: MIT */
#include "shim/patch/insn_x86_64.h"

#include "shim/base/mem.h"

enum map { ONE_BYTE, MAP_0F, MAP_38, MAP_3A, XOP_8, XOP_9, XOP_A, NO_MAP };

struct reader {
	const uint8_t *code;
	int at, room;
	bool short_operands; /* 66 */
	bool short_address;  /* 67 */
	enum map map;
	bool vex; /* or XOP or EVEX: no jumps behind 0f then */
};

static bool have(const struct reader *r, int n)
{
	return r->at + n <= r->room;
}

static bool is_legacy_prefix(uint8_t byte)
{
	return (byte & 0xfc) == 0x64 || (byte & 0xe7) == 0x26 || byte == 0xf0 || byte == 0xf2 ||
	       byte == 0xf3;
}

/* A REX counts only if nothing but the opcode follows. */
static void read_prefixes(struct reader *r, struct fx_insn *out)
{
	for (; have(r, 1); r->at++) {
		uint8_t byte = r->code[r->at];

		if ((byte & 0xf0) == 0x40) {
			out->prefixed |= out->rex != 0;
			out->rex = byte;
		} else if (is_legacy_prefix(byte)) {
			r->short_operands |= byte == 0x66;
			r->short_address |= byte == 0x67;
			out->lock |= byte == 0xf0;
			out->half |= byte == 0x66;
			out->repeat |= byte == 0xf3;
			out->prefixed = true;
			out->rex = 0;
		} else {
			return;
		}
	}
}

static enum map vex_map(int number)
{
	/* 5 and 6, AVX512-FP16, are like 2: ModRM and no immediate. */
	return number == 1				   ? MAP_0F
	       : number == 3				   ? MAP_3A
	       : number == 2 || number == 5 || number == 6 ? MAP_38
							   : NO_MAP;
}

static enum map xop_map(int number)
{
	return number == 8 ? XOP_8 : number == 9 ? XOP_9 : number == 10 ? XOP_A : NO_MAP;
}

/* Its bits are inverted; the last two of it stand for a prefix. */
static void read_vex(const uint8_t *c, struct fx_insn *insn)
{
	const uint8_t last = c[0] == 0xc5 ? c[1] : c[2];

	insn->repeat = (last & 3) == 2;
	insn->half = (last & 3) == 1;
	if (c[0] == 0xc4)
		insn->rex = (uint8_t)(0x40 | (~c[1] >> 5 & 7));
}

/* Leaves r->at at the opcode's last byte. */
static void read_map(struct reader *r)
{
	const uint8_t *c = r->code + r->at;

	r->map = ONE_BYTE;
	if (!have(r, 5)) {
		/* Such a long one would not end in time. */
		if (c[0] == 0x0f && have(r, 2)) {
			r->map = MAP_0F;
			r->at++;
		}
	} else if (c[0] == 0x0f) {
		r->map = c[1] == 0x38 ? MAP_38 : c[1] == 0x3a ? MAP_3A : MAP_0F;
		r->at += r->map == MAP_0F ? 1 : 2;
	} else if (c[0] == 0xc5 || c[0] == 0xc4 || c[0] == 0x62 ||
		   (c[0] == 0x8f && (c[1] & 0x1f) >= 8)) {
		r->vex = true;
		r->map = c[0] == 0xc5	? MAP_0F
			 : c[0] == 0xc4 ? vex_map(c[1] & 0x1f)
			 : c[0] == 0x62 ? vex_map(c[1] & 7)
					: xop_map(c[1] & 0x1f);
		r->at += c[0] == 0xc5 ? 2 : c[0] == 0x62 ? 4 : 3;
	}
}

static bool one_byte_has_modrm(uint8_t op)
{
	if (op < 0x40)
		return (op & 7) < 4;
	return op == 0x63 || op == 0x69 || op == 0x6b || (op >= 0x80 && op <= 0x8f) || op == 0xc0 ||
	       op == 0xc1 || op == 0xc6 || op == 0xc7 || (op >= 0xd0 && op <= 0xd3) ||
	       (op >= 0xd8 && op <= 0xdf) || op == 0xf6 || op == 0xf7 || op >= 0xfe;
}

static bool map_0f_has_modrm(const struct reader *r, uint8_t op)
{
	if (r->vex)
		return op != 0x77;
	return !(op == 0x05 || op == 0x06 || op == 0x08 || op == 0x09 || op == 0x0b || op == 0x0e ||
		 (op >= 0x30 && op <= 0x37) || op == 0x77 || (op & 0xf0) == 0x80 ||
		 (op >= 0xa0 && op <= 0xa2) || (op >= 0xa8 && op <= 0xaa) || (op & 0xf8) == 0xc8);
}

/* Of an immediate as wide as the operand, 64 bits apart. */
static int full(const struct reader *r)
{
	return r->short_operands ? 2 : 4;
}

static int one_byte_immediate(const struct reader *r, const struct fx_insn *insn, uint8_t reg)
{
	uint8_t op = insn->opcode;
	bool wide = insn->rex & 8;

	if (op < 0x40)
		return (op & 7) == 4 ? 1 : (op & 7) == 5 ? (wide ? 4 : full(r)) : 0;
	if ((op & 0xf8) == 0xb8)
		return wide ? 8 : full(r);
	if ((op & 0xfc) == 0xa0)
		return r->short_address ? 4 : 8;
	if (op == 0x68 || op == 0x69 || op == 0x81 || op == 0xa9 || op == 0xc7 ||
	    (op == 0xf7 && reg < 2))
		return wide ? 4 : full(r);
	if (op == 0xe8 || op == 0xe9)
		return 4;
	if (op == 0x6a || op == 0x6b || (op & 0xf0) == 0x70 || op == 0x80 || op == 0x83 ||
	    op == 0xa8 || (op & 0xf8) == 0xb0 || op == 0xc0 || op == 0xc1 || op == 0xc6 ||
	    op == 0xcd || (op & 0xf8) == 0xe0 || op == 0xeb || (op == 0xf6 && reg < 2))
		return 1;
	if (op == 0xc2 || op == 0xca)
		return 2;
	return op == 0xc8 ? 3 : 0;
}

static int immediate(const struct reader *r, const struct fx_insn *insn, uint8_t reg)
{
	uint8_t op = insn->opcode;

	switch (r->map) {
	case ONE_BYTE:
		return one_byte_immediate(r, insn, reg);
	case MAP_0F:
		if (!r->vex && (op & 0xf0) == 0x80)
			return 4;
		return (op >= 0x70 && op <= 0x73) || op == 0xa4 || op == 0xac || op == 0xba ||
		       op == 0xc2 || (op >= 0xc4 && op <= 0xc6) || (op == 0x0f && !r->vex);
	case MAP_3A:
	case XOP_8:
		return 1;
	case XOP_A:
		return 4;
	default:
		return 0;
	}
}

/* ModRM, SIB and displacement. */
static int memory_length(const uint8_t *modrm)
{
	int mod = modrm[0] >> 6, rm = modrm[0] & 7, length = 1;

	if (mod == 3)
		return 1;
	if (rm == 4) {
		length++;
		if (mod == 0 && (modrm[1] & 7) == 5)
			return length + 4;
	}
	if (mod == 0 && rm == 5)
		return length + 4;
	return length + (mod == 1 ? 1 : mod == 2 ? 4 : 0);
}

bool fx_insn_read(const uint8_t *code, int room, struct fx_insn *out)
{
	struct reader r = {.code = code, .room = room < FX_INSN_LONGEST ? room : FX_INSN_LONGEST};
	const uint8_t *vex;
	uint8_t reg = 0;

	memset(out, 0, sizeof(*out));
	read_prefixes(&r, out);
	if (!have(&r, 1))
		return false;
	vex = code + r.at;
	read_map(&r);
	if (!have(&r, 1) || r.map == NO_MAP)
		return false;
	out->opcode = code[r.at++];
	out->one_byte = r.map == ONE_BYTE;
	out->two_byte = r.map == MAP_0F && !r.vex;
	out->vector = r.map == MAP_0F && r.vex && (*vex == 0xc5 || *vex == 0xc4);
	if (out->vector)
		read_vex(vex, out);
	if (r.map == ONE_BYTE ? one_byte_has_modrm(out->opcode)
	    : r.map == MAP_0F ? map_0f_has_modrm(&r, out->opcode)
			      : true) {
		if (!have(&r, 2) && !(have(&r, 1) && code[r.at] >= 0xc0))
			return false;
		out->modrm = (uint8_t)r.at;
		reg = code[r.at] >> 3 & 7;
		r.at += memory_length(code + r.at);
	}
	r.at += immediate(&r, out, reg);
	out->length = (uint8_t)r.at;
	return r.at <= r.room;
}
