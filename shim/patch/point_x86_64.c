/* SPDX-License-Identifier: MIT */
#include "shim/patch/point_x86_64.h"

#include "shim/base/mem.h"
#include "shim/base/thread_layout.h"
#include "shim/schedule.h"

#define RSP 4
#define RBP 5

static uint8_t modrm_of(const uint8_t *code, const struct fx_insn *insn)
{
	return insn->modrm ? code[insn->modrm] : 0xc0;
}

/* Whether it has an operand in memory. */
static bool in_memory(const uint8_t *code, const struct fx_insn *insn)
{
	return insn->modrm && modrm_of(code, insn) < 0xc0;
}

/* On the thread's own stack, as far as one sees it. */
static bool by_stack_pointer(const uint8_t *code, const struct fx_insn *insn)
{
	return (modrm_of(code, insn) & 7) == RSP && (code[insn->modrm + 1] & 7) == RSP &&
	       !(insn->rex & 1);
}

static bool is_atomic(const uint8_t *code, const struct fx_insn *insn)
{
	if (insn->one_byte && insn->opcode == 0x90)
		return insn->repeat; /* pause */
	if (!in_memory(code, insn))
		return false;
	return insn->lock || (insn->one_byte && (insn->opcode & 0xfe) == 0x86);
}

/* Moves and arithmetic of SSE, and the same by VEX; what is loaded by logic is mostly a constant.
 */
static uint8_t vector_kind(const struct fx_insn *insn)
{
	switch (insn->opcode) {
	case 0x10: /* movss, movsd, movups */
	case 0x12: /* movlps, movhps, and those that double what they load */
	case 0x16:
	case 0x28: /* movaps */
	case 0x2e: /* ucomiss, comiss */
	case 0x2f:
	case 0x58: /* add, mul, sub, div */
	case 0x59:
	case 0x5c:
	case 0x5e:
	case 0x6e: /* movd, movdqa, movdqu */
	case 0x6f:
		return FX_EVENT_LOAD;
	case 0x11:
	case 0x13:
	case 0x17:
	case 0x29:
	case 0x2b: /* movnt */
	case 0xe7:
	case 0x7f:
	case 0xd6: /* movq */
		return FX_EVENT_STORE;
	case 0x7e: /* movq, movd */
		return insn->repeat ? FX_EVENT_LOAD : FX_EVENT_STORE;
	default:
		return 0;
	}
}

static uint8_t two_byte_kind(const struct fx_insn *insn)
{
	const uint8_t op = insn->opcode;

	if ((op & 0xf0) == 0x40 || op == 0xaf || (op & 0xf6) == 0xb6)
		return FX_EVENT_LOAD; /* cmov, imul, movzx, movsx */
	if ((op & 0xf0) == 0x90 || op == 0xc3)
		return FX_EVENT_STORE; /* set, movnti */
	return vector_kind(insn);
}

/* Of the 8087: d8 to df. */
static uint8_t float_kind(uint8_t op, uint8_t reg)
{
	/* By each opcode the `reg` that store: a bit each. */
	static const uint8_t stores[8] = {0, 0xcc, 0, 0x8e, 0, 0xce, 0, 0xce};

	return stores[op & 7] >> reg & 1 ? FX_EVENT_STORE : FX_EVENT_LOAD;
}

/* Plain loads and stores: of moves, arithmetic, tests. 0: none that is known. */
static uint8_t access_kind(const uint8_t *code, const struct fx_insn *insn)
{
	uint8_t op = insn->opcode, reg = modrm_of(code, insn) >> 3 & 7;

	if (insn->two_byte)
		return two_byte_kind(insn);
	if (insn->vector)
		return vector_kind(insn);
	if (!insn->one_byte)
		return 0;
	if ((op & 0xf8) == 0xd8)
		return float_kind(op, reg);
	if (op < 0x40 && (op & 7) < 4)
		return (op & 0x38) == 0x38 || (op & 2) ? FX_EVENT_LOAD : FX_EVENT_STORE;
	switch (op) {
	case 0x8a: /* mov, movslq, cmp, test */
	case 0x8b:
	case 0x63:
	case 0x69: /* imul */
	case 0x6b:
	case 0x84:
	case 0x85:
		return FX_EVENT_LOAD;
	case 0x88:
	case 0x89:
	case 0xc6:
	case 0xc7:
		return FX_EVENT_STORE;
	case 0x80:
	case 0x81:
	case 0x83:
		return reg == 7 ? FX_EVENT_LOAD : FX_EVENT_STORE;
	case 0xf6:
	case 0xf7:
		return reg == 2 || reg == 3 ? FX_EVENT_STORE : FX_EVENT_LOAD;
	case 0xfe:
	case 0xff:
		return reg < 2 ? FX_EVENT_STORE : 0;
	case 0xc0: /* shifts */
	case 0xc1:
	case 0xd0:
	case 0xd1:
	case 0xd2:
	case 0xd3:
		return FX_EVENT_STORE;
	default:
		return 0;
	}
}

/* rdtsc, rdtscp */
static bool reads_counter(const uint8_t *code, const struct fx_insn *insn)
{
	return insn->two_byte && (insn->opcode == 0x31 ||
				  (insn->opcode == 0x01 && insn->length == 3 && code[2] == 0xf9));
}

uint8_t fx_point_kind(const uint8_t *code, const struct fx_insn *insn, int points)
{
	if (reads_counter(code, insn))
		return FX_POINT_COUNTER;
	if (is_atomic(code, insn))
		return FX_EVENT_ATOMIC;
	if (points != FX_POINTS_ACCESSES || !in_memory(code, insn) || by_stack_pointer(code, insn))
		return 0;
	return access_kind(code, insn);
}

static int32_t read32(const uint8_t *at)
{
	int32_t value;

	memcpy(&value, at, sizeof(value));
	return value;
}

static bool is_short_jump(const struct fx_insn *insn)
{
	return insn->one_byte && ((insn->opcode & 0xf0) == 0x70 || insn->opcode == 0xeb);
}

static bool is_near_condition(const struct fx_insn *insn)
{
	return insn->two_byte && (insn->opcode & 0xf0) == 0x80;
}

/* Where a transaction goes on that was not to be. */
static bool is_xbegin(const uint8_t *code, const struct fx_insn *insn)
{
	return insn->opcode == 0xc7 && modrm_of(code, insn) == 0xf8;
}

bool fx_point_branches(const uint8_t *code, const struct fx_insn *insn, int64_t *leads, bool *known)
{
	uint8_t op = insn->opcode, reg = modrm_of(code, insn) >> 3 & 7;

	*known = true;
	*leads = 0;
	if (is_short_jump(insn) || (insn->one_byte && (op & 0xfc) == 0xe0)) {
		*leads = (int8_t)code[insn->length - 1];
		return true;
	}
	if (is_near_condition(insn) || (insn->one_byte && (op == 0xe9 || is_xbegin(code, insn)))) {
		*leads = read32(code + insn->length - 4);
		return true;
	}
	if (insn->one_byte && op == 0xff && (reg == 4 || reg == 5)) {
		*known = false;
		return true;
	}
	return false;
}

/* What may be executed elsewhere as it is, but for an operand that lies by the instruction. */
static bool may_move(const uint8_t *code, const struct fx_insn *insn)
{
	uint8_t op = insn->opcode, reg = modrm_of(code, insn) >> 3 & 7;
	int64_t leads;
	bool known;

	if (fx_point_branches(code, insn, &leads, &known))
		return false;
	if (insn->two_byte)
		return op != 0x05 && op != 0x34 && op != 0x0b && op != 0xff && op != 0xa2 &&
		       op != 0x31 && op != 0x01;
	if (!insn->one_byte)
		return true;
	/* Calls, returns, traps, and what addresses memory in 32 bits by an instruction prefix. */
	return !(op == 0xe8 || op == 0xc2 || op == 0xc3 || op == 0xca || op == 0xcb || op == 0xcc ||
		 op == 0xcd || op == 0xcf || op == 0xf4 || op == 0xc8 ||
		 (op == 0xff && (reg == 2 || reg == 3)));
}

static bool is_target(const struct fx_point_targets *t, uint64_t at)
{
	return t->bits[at / 8] >> (at % 8) & 1;
}

/* By a breakpoint, and nothing moves but the instruction itself. */
static struct fx_point_shape trapping(const uint8_t *code, uint64_t room,
				      struct fx_point_shape shape)
{
	struct fx_insn insn;

	fx_insn_read(code, room < FX_INSN_LONGEST ? (int)room : FX_INSN_LONGEST, &insn);
	shape.length = insn.length;
	return shape;
}

struct fx_point_shape fx_point_shape(const uint8_t *code, uint64_t room, uint64_t at,
				     const struct fx_point_targets *targets, uint8_t kind)
{
	struct fx_point_shape shape = {.kind = kind};
	struct fx_insn insn;

	/* What it reads is made up, and not by a slot. */
	if (kind == FX_POINT_COUNTER)
		return trapping(code, room, shape);

	while (shape.length < FX_POINT_JUMP) {
		int left = room - shape.length < FX_INSN_LONGEST ? (int)(room - shape.length)
								 : FX_INSN_LONGEST;

		if (!fx_insn_read(code + shape.length, left, &insn))
			break;
		if (shape.length && (targets->unknown || is_target(targets, at + shape.length)))
			break;
		/* A jump may be the last, since it is written anew. */
		if (!may_move(code + shape.length, &insn)) {
			if (!(is_short_jump(&insn) || is_near_condition(&insn)) ||
			    shape.length + insn.length < FX_POINT_JUMP)
				break;
			shape.length += insn.length;
			break;
		}
		shape.length += insn.length;
	}
	shape.jumps = shape.length >= FX_POINT_JUMP;
	return shape.jumps ? shape : trapping(code, room, shape);
}

static bool put_rel32(uint8_t *out, uintptr_t next, uintptr_t target)
{
	int64_t distance = (int64_t)(target - next);
	int32_t rel = (int32_t)distance;

	memcpy(out, &rel, sizeof(rel));
	return rel == distance;
}

/* A conditional or plain short jump as its long form. */
static int put_branch(uint8_t *out, uintptr_t at, const uint8_t *code, const struct fx_insn *insn,
		      uintptr_t from)
{
	int64_t leads;
	bool known;
	int n = 0;

	fx_point_branches(code, insn, &leads, &known);
	if (insn->one_byte && insn->opcode == 0xeb) {
		out[n++] = 0xe9;
	} else {
		out[n++] = 0x0f;
		out[n++] = (uint8_t)(0x80 | (insn->opcode & 0xf));
	}
	return put_rel32(out + n, at + (uintptr_t)n + 4, from + insn->length + (uintptr_t)leads)
		       ? n + 4
		       : 0;
}

/* One instruction; 0: it cannot lie there. */
static int put_moved(uint8_t *out, uintptr_t at, const uint8_t *code, const struct fx_insn *insn,
		     uintptr_t from)
{
	if (is_short_jump(insn) || is_near_condition(insn))
		return put_branch(out, at, code, insn, from);
	memcpy(out, code, insn->length);
	if (insn->modrm && (code[insn->modrm] & 0xc7) == 0x05) {
		uintptr_t target =
			from + insn->length + (uintptr_t)(int64_t)read32(code + insn->modrm + 1);

		if (!put_rel32(out + insn->modrm + 1, at + insn->length, target))
			return 0;
	}
	return insn->length;
}

static void put_operand(uint8_t *out, const char *code, size_t length, uint32_t operand)
{
	memcpy(out, code, length);
	memcpy(out + length, &operand, sizeof(operand));
}

bool fx_point_write(uint8_t out[FX_POINT_SLOT], uintptr_t slot, const uint8_t *code, uintptr_t at,
		    const struct fx_point_shape *shape, const void *record,
		    void (*const *entry)(void))
{
	int n = FX_POINT_MOVED;
	struct fx_insn insn;

	memset(out, 0xcc, FX_POINT_SLOT);
	put_operand(out, "\x65\x48\x89\x24\x25", 5, FX_THREAD_POINT_RSP); /* mov %rsp,%gs:… */
	put_operand(out + 9, "\x65\x48\x8b\x24\x25", 5, 0);		  /* mov %gs:0,%rsp */
	put_operand(out + 18, "\x68", 1, (uint32_t)(uintptr_t)record);	  /* push $record */
	put_operand(out + 23, "\xff\x24\x25", 3, (uint32_t)(uintptr_t)entry);
	for (uint8_t done = 0; done < shape->length; done += insn.length) {
		int moved;

		if (!fx_insn_read(code + done, FX_INSN_LONGEST, &insn))
			return false;
		moved = put_moved(out + n, slot + (uintptr_t)n, code + done, &insn, at + done);
		if (!moved)
			return false;
		n += moved;
	}
	out[n] = 0xe9;
	return put_rel32(out + n + 1, slot + (uintptr_t)n + 5, at + shape->length);
}

bool fx_point_jump(uint8_t out[FX_POINT_JUMP], uintptr_t at, uintptr_t slot)
{
	out[0] = 0xe9;
	return put_rel32(out + 1, at + FX_POINT_JUMP, slot);
}

/* Arithmetic whose result goes to memory, inc, dec, not, neg, shifts. */
static bool changes(const uint8_t *code, const struct fx_insn *insn)
{
	uint8_t op = insn->opcode, reg = modrm_of(code, insn) >> 3 & 7;

	if (!insn->one_byte || insn->lock)
		return false;
	if (op < 0x38)
		return (op & 7) < 2;
	return (op >= 0x80 && op <= 0x83 && op != 0x82 && reg != 7) ||
	       ((op & 0xfe) == 0xf6 && (reg == 2 || reg == 3)) ||
	       ((op & 0xfe) == 0xfe && reg < 2) || (op & 0xfe) == 0xc0 || (op & 0xfc) == 0xd0;
}

unsigned fx_point_changes(const uint8_t *code)
{
	struct fx_insn insn;

	if (!fx_insn_read(code, FX_INSN_LONGEST, &insn) || !in_memory(code, &insn) ||
	    !changes(code, &insn))
		return 0;
	/* Of all these the lowest bit of the opcode says whether it is a byte; 83 and 81 have it
	 * set. */
	if (!(insn.opcode & 1))
		return 1;
	return insn.rex & 8 ? 8 : insn.half ? 2 : 4;
}

uint64_t fx_point_operand(const uint8_t *code, uintptr_t at, const uint64_t regs[16])
{
	struct fx_insn insn;
	uint8_t modrm, rm, mod, base;
	uint64_t address = 0;
	const uint8_t *rest;

	if (!fx_insn_read(code, FX_INSN_LONGEST, &insn) || !in_memory(code, &insn))
		return 0;
	modrm = code[insn.modrm];
	mod = modrm >> 6;
	rm = base = modrm & 7;
	rest = code + insn.modrm + 1;
	if (mod == 0 && rm == RBP)
		return at + insn.length + (uint64_t)(int64_t)read32(rest);
	if (rm == RSP) {
		uint8_t sib = *rest++, index = (sib >> 3 & 7) | (insn.rex & 2 ? 8 : 0);

		base = sib & 7;
		if (index != RSP)
			address += regs[index] << (sib >> 6);
	}
	if (rm == RSP && mod == 0 && base == RBP)
		return address + (uint64_t)(int64_t)read32(rest);
	address += regs[base | (insn.rex & 1 ? 8 : 0)];
	return address + (mod == 1   ? (uint64_t)(int64_t)(int8_t)*rest
			  : mod == 2 ? (uint64_t)(int64_t)read32(rest)
				     : 0);
}
