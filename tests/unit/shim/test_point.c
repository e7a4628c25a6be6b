/* SPDX-License-Identifier: MIT */
/*
 * Points between the instructions of a program: over all code that is mapped into this test (the C
 * library, its loader, Zydis) Zydis says which instructions are atomic, read or write memory by
 * themselves, read the counter, branch, and where; what is moved to a slot is still the same
 * instruction, with the same operands; and the address of an operand is the one that Zydis has.
 */
#include <inttypes.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <Zydis/Zydis.h>

#include "shim/patch/point_x86_64.h"
#include "shim/schedule.h"

static ZydisDecoder decoder;
static long count, atomics, accesses, wrong, jumps, traps;
static void (*const entry)(void);

static bool decode(const uint8_t *code, size_t room, ZydisDecodedInstruction *insn,
		   ZydisDecodedOperand operand[ZYDIS_MAX_OPERAND_COUNT])
{
	return ZYAN_SUCCESS(ZydisDecoderDecodeFull(&decoder, code, room, insn, operand));
}

static void complain(const char *what, uintptr_t at, const ZydisDecodedInstruction *insn)
{
	if (wrong++ > 20)
		return;
	printf("# %s: %s at %#" PRIxPTR ":", what, ZydisMnemonicGetString(insn->mnemonic), at);
	for (int i = 0; i < insn->length; i++)
		printf(" %02x", ((const uint8_t *)at)[i]);
	puts("");
}

/* The operand in memory, or NULL: of what is loaded or stored, not of an address that is made. */
static const ZydisDecodedOperand *memory_of(const ZydisDecodedInstruction *insn,
					    const ZydisDecodedOperand *operand)
{
	for (int i = 0; i < insn->operand_count; i++)
		if (operand[i].type == ZYDIS_OPERAND_TYPE_MEMORY &&
		    operand[i].visibility == ZYDIS_OPERAND_VISIBILITY_EXPLICIT &&
		    operand[i].mem.type == ZYDIS_MEMOP_TYPE_MEM)
			return &operand[i];
	return NULL;
}

static bool is_atomic(const ZydisDecodedInstruction *insn, const ZydisDecodedOperand *memory)
{
	if (insn->mnemonic == ZYDIS_MNEMONIC_PAUSE)
		return true;
	return memory && ((insn->attributes & ZYDIS_ATTRIB_HAS_LOCK) ||
			  insn->mnemonic == ZYDIS_MNEMONIC_XCHG);
}

static bool is_branch(const ZydisDecodedInstruction *insn)
{
	return insn->mnemonic != ZYDIS_MNEMONIC_XABORT && insn->mnemonic != ZYDIS_MNEMONIC_XEND &&
	       (insn->meta.category == ZYDIS_CATEGORY_COND_BR ||
		insn->meta.category == ZYDIS_CATEGORY_UNCOND_BR);
}

static void check_kind(uintptr_t at, const ZydisDecodedInstruction *insn,
		       const ZydisDecodedOperand *operand)
{
	const ZydisDecodedOperand *memory = memory_of(insn, operand);
	bool counter =
		insn->mnemonic == ZYDIS_MNEMONIC_RDTSC || insn->mnemonic == ZYDIS_MNEMONIC_RDTSCP;
	struct fx_insn own;
	uint8_t kind;

	if (!fx_insn_read((const uint8_t *)at, FX_INSN_LONGEST, &own) ||
	    own.length != insn->length) {
		complain("another length", at, insn);
		return;
	}
	kind = fx_point_kind((const uint8_t *)at, &own, FX_POINTS_ACCESSES);
	atomics += kind == FX_EVENT_ATOMIC;
	accesses += kind == FX_EVENT_LOAD || kind == FX_EVENT_STORE;
	if ((kind == FX_EVENT_ATOMIC) != is_atomic(insn, memory))
		complain("atomic or not", at, insn);
	if ((kind == FX_POINT_COUNTER) != counter)
		complain("counter or not", at, insn);
	if (kind == FX_EVENT_LOAD && !(memory->actions & ZYDIS_OPERAND_ACTION_MASK_READ))
		complain("is no load", at, insn);
	if (kind == FX_EVENT_STORE && !(memory->actions & ZYDIS_OPERAND_ACTION_MASK_WRITE))
		complain("is no store", at, insn);
	if (kind == FX_EVENT_STORE && (fx_point_changes((const uint8_t *)at) != 0) !=
					      !!(memory->actions & ZYDIS_OPERAND_ACTION_MASK_READ))
		complain("changes what is there, or not", at, insn);
	if (kind == FX_EVENT_STORE && fx_point_changes((const uint8_t *)at) &&
	    fx_point_changes((const uint8_t *)at) != memory->size / 8)
		complain("so many bytes", at, insn);
}

static void check_branch(uintptr_t at, const ZydisDecodedInstruction *insn,
			 const ZydisDecodedOperand *operand)
{
	struct fx_insn own;
	int64_t leads;
	bool known;

	fx_insn_read((const uint8_t *)at, FX_INSN_LONGEST, &own);
	if (fx_point_branches((const uint8_t *)at, &own, &leads, &known) != is_branch(insn)) {
		complain("branch or not", at, insn);
		return;
	}
	if (!is_branch(insn))
		return;
	if (known != (operand[0].type == ZYDIS_OPERAND_TYPE_IMMEDIATE) ||
	    (known && leads != operand[0].imm.value.s))
		complain("leads elsewhere", at, insn);
}

static void check_operand(uintptr_t at, const ZydisDecodedInstruction *insn,
			  const ZydisDecodedOperand *operand)
{
	const ZydisDecodedOperand *memory = memory_of(insn, operand);
	ZydisRegisterContext context;
	uint64_t regs[16];
	ZyanU64 theirs;
	struct fx_insn own;

	fx_insn_read((const uint8_t *)at, FX_INSN_LONGEST, &own);
	if (!memory || !fx_point_kind((const uint8_t *)at, &own, FX_POINTS_ACCESSES) ||
	    insn->address_width != 64 || memory->mem.segment == ZYDIS_REGISTER_FS)
		return;
	memset(&context, 0, sizeof(context));
	for (int i = 0; i < 16; i++) {
		regs[i] = UINT64_C(0x1000000000) * (uint64_t)(i + 1) + (uint64_t)i;
		context.values[ZYDIS_REGISTER_RAX + i] = regs[i];
	}
	if (!ZYAN_SUCCESS(
		    ZydisCalcAbsoluteAddressEx(insn, memory, (ZyanU64)at, &context, &theirs)) ||
	    theirs != fx_point_operand((const uint8_t *)at, at, regs))
		complain("another address", at, insn);
}

/* Whether two instructions are the same one, at two places. */
static bool is_same(uintptr_t at, const ZydisDecodedInstruction *a, const ZydisDecodedOperand *ao,
		    uintptr_t moved, const ZydisDecodedInstruction *b,
		    const ZydisDecodedOperand *bo)
{
	if (a->mnemonic != b->mnemonic || a->operand_count != b->operand_count)
		return false;
	for (int i = 0; i < a->operand_count; i++) {
		ZyanU64 from, to;

		if (ao[i].type != bo[i].type)
			return false;
		if (ZYAN_SUCCESS(ZydisCalcAbsoluteAddress(a, &ao[i], (ZyanU64)at, &from)) &&
		    ZYAN_SUCCESS(ZydisCalcAbsoluteAddress(b, &bo[i], (ZyanU64)moved, &to)) &&
		    from != to)
			return false;
		if (ao[i].type == ZYDIS_OPERAND_TYPE_REGISTER && ao[i].reg.value != bo[i].reg.value)
			return false;
	}
	return true;
}

/* Its slot, as if it lay a MiB below. */
static void check_slot(uintptr_t at, uintptr_t end)
{
	static uint8_t none[1];
	const struct fx_point_targets targets = {none, false};
	const uintptr_t slot = at - (1 << 20);
	uint8_t code[FX_POINT_SLOT];
	struct fx_point_shape shape;
	uintptr_t from = at, moved;

	/* All lead nowhere: bit 0 of one byte is asked for each. */
	shape = fx_point_shape((const uint8_t *)at, end - at, 0, &targets, FX_EVENT_ATOMIC);
	jumps += shape.jumps;
	traps += !shape.jumps;
	if (!fx_point_write(code, slot, (const uint8_t *)at, at, &shape, NULL, &entry)) {
		wrong++;
		return;
	}
	for (moved = FX_POINT_MOVED; from < at + shape.length;) {
		ZydisDecodedInstruction a, b;
		ZydisDecodedOperand ao[ZYDIS_MAX_OPERAND_COUNT], bo[ZYDIS_MAX_OPERAND_COUNT];

		if (!decode((const uint8_t *)from, FX_INSN_LONGEST, &a, ao) ||
		    !decode(code + moved, FX_POINT_SLOT - moved, &b, bo))
			break;
		if (!is_same(from, &a, ao, slot + moved, &b, bo))
			complain("is another one in its slot", from, &a);
		from += a.length;
		moved += b.length;
	}
	if (from != at + shape.length || code[moved] != 0xe9)
		wrong++;
}

static void check_text(uintptr_t start, uintptr_t end)
{
	for (uintptr_t at = start; at < end;) {
		ZydisDecodedInstruction insn;
		ZydisDecodedOperand operand[ZYDIS_MAX_OPERAND_COUNT];
		struct fx_insn own;

		if (!decode((const uint8_t *)at, end - at < 15 ? end - at : 15, &insn, operand)) {
			at++;
			continue;
		}
		count++;
		if (end - at > 32) {
			check_kind(at, &insn, operand);
			check_branch(at, &insn, operand);
			check_operand(at, &insn, operand);
			if (fx_insn_read((const uint8_t *)at, FX_INSN_LONGEST, &own) &&
			    fx_point_kind((const uint8_t *)at, &own, FX_POINTS_ATOMICS) ==
				    FX_EVENT_ATOMIC)
				check_slot(at, end);
		}
		at += insn.length;
	}
}

int main(void)
{
	FILE *maps = fopen("/proc/self/maps", "re");
	char line[512];

	ZydisDecoderInit(&decoder, ZYDIS_MACHINE_MODE_LONG_64, ZYDIS_STACK_WIDTH_64);
	puts("1..2");
	while (maps && fgets(line, sizeof(line), maps)) {
		uintptr_t start, end;

		if (sscanf(line, "%" SCNxPTR "-%" SCNxPTR " r-xp", &start, &end) == 2 &&
		    strstr(line, " r-xp") && strchr(line, '/'))
			check_text(start, end);
	}
	if (maps)
		fclose(maps);
	printf("# %ld instructions, %ld atomic, %ld loads and stores; of the atomic ones %ld are jumps, %ld "
	       "breakpoints\n",
	       count, atomics, accesses, jumps, traps);
	printf("%sok 1 - Zydis says the same\n", wrong ? "not " : "");
	printf("%sok 2 - and there was much to say\n",
	       count > 100000 && atomics > 500 && jumps > 4 * traps ? "" : "not ");
	return wrong != 0;
}
