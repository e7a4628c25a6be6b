/* SPDX-License-Identifier: MIT */
/*
 * Are five bytes before a `syscall` an instruction of their own? fx_site_can_move
 * says so only if nothing else is possible. Here Zydis tries to read the same bytes in
 * another way: all bytes before them up to three, and millions of longer ones.
 *
 * Another way is a chain of instructions that begins before the site, has no
 * boundary where the site begins, and ends where the `syscall` does begin; and that can have
 * been executed with rax == nr at its end, so without an access to what rax, being so
 * small a number, points to.
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <Zydis/Zydis.h>

#include "shim/patch_x86_64.h"

enum { SITE = FX_SITE_BEFORE, SYSCALL = SITE + FX_SITE_MOVED, SIZE = SITE + FX_SITE_LENGTH };

#define LONGEST	      15
#define NUMBERS	      470
#define RANDOM_TRIES  600000
#define LOWEST_MAPPED 0x10000 /* vm.mmap_min_addr */

/* Where trampolines lead; none is written here. */
void fx_patched_entry(void);
void fx_patched_entry(void)
{
}

static ZydisDecoder decoder;
static long patchable, refused;

static bool writes_rax(const ZydisDecodedInstruction *insn, const ZydisDecodedOperand *operand)
{
	for (int i = 0; i < insn->operand_count; i++)
		if ((operand[i].actions & ZYDIS_OPERAND_ACTION_MASK_WRITE) &&
		    operand[i].type == ZYDIS_OPERAND_TYPE_REGISTER &&
		    ZydisRegisterGetLargestEnclosing(ZYDIS_MACHINE_MODE_LONG_64,
						     operand[i].reg.value) == ZYDIS_REGISTER_RAX)
			return true;
	return false;
}

/* Loads from or stores to what lies a small number away from rax, which is one too. */
static bool touches_rax(const ZydisDecodedInstruction *insn, const ZydisDecodedOperand *operand)
{
	for (int i = 0; i < insn->operand_count; i++) {
		const ZydisDecodedOperand *o = &operand[i];

		if (o->type != ZYDIS_OPERAND_TYPE_MEMORY || o->mem.type != ZYDIS_MEMOP_TYPE_MEM ||
		    !(o->actions &
		      (ZYDIS_OPERAND_ACTION_MASK_READ | ZYDIS_OPERAND_ACTION_MASK_WRITE)))
			continue;
		if ((o->mem.base == ZYDIS_REGISTER_RAX || o->mem.base == ZYDIS_REGISTER_EAX) &&
		    o->mem.index == ZYDIS_REGISTER_NONE && o->mem.segment == ZYDIS_REGISTER_DS &&
		    o->mem.disp.value >= 0 && o->mem.disp.value < LOWEST_MAPPED - NUMBERS)
			return true;
	}
	return false;
}

/* What never falls through to the next instruction, or faults in a program. */
static bool goes_elsewhere(const ZydisDecodedInstruction *insn)
{
	return insn->meta.category == ZYDIS_CATEGORY_RET ||
	       insn->meta.category == ZYDIS_CATEGORY_UNCOND_BR ||
	       insn->meta.category == ZYDIS_CATEGORY_SYSTEM ||
	       insn->meta.category == ZYDIS_CATEGORY_SYSRET ||
	       (insn->attributes & ZYDIS_ATTRIB_IS_PRIVILEGED);
}

/* Whether the chain that begins at `from` is another way. */
static bool is_other_way(const uint8_t *code, int from)
{
	ZydisDecodedOperand operand[ZYDIS_MAX_OPERAND_COUNT];
	ZydisDecodedInstruction insn;
	bool faults = false;
	int at = from;

	while (at < SYSCALL) {
		if (at == SITE ||
		    !ZYAN_SUCCESS(ZydisDecoderDecodeFull(&decoder, code + at,
							 (ZyanUSize)(SIZE - at), &insn, operand)))
			return false;
		if (goes_elsewhere(&insn))
			return false;
		if (writes_rax(&insn, operand))
			faults = false;
		else if (touches_rax(&insn, operand))
			faults = true;
		at += insn.length;
	}
	return at == SYSCALL && !faults;
}

static void show(const uint8_t *code, long nr, int from)
{
	printf("not ok 1 - nr %ld, read from byte %d on:", nr, from - SITE);
	for (int i = from; i < SIZE; i++)
		printf(" %02x", code[i]);
	printf("\n");
}

/* code has what comes before the site. */
static void check(uint8_t *code, long nr)
{
	uint32_t number = (uint32_t)nr;

	code[SITE] = 0xb8;
	memcpy(code + SITE + 1, &number, sizeof(number));
	code[SYSCALL] = 0x0f;
	code[SYSCALL + 1] = 0x05;
	if (!fx_site_can_move(code, nr)) {
		refused++;
		return;
	}
	patchable++;
	for (int from = SITE - LONGEST + 1; from < SITE; from++) {
		if (is_other_way(code, from)) {
			show(code, nr, from);
			exit(1);
		}
	}
}

static void check_all_short(uint8_t *code)
{
	static const long some[] = {0, 1, 39, 69, 102, 199, 202, 232, 247, 257, 281, 449};

	for (int a = 0; a < 256; a++) {
		code[SITE - 1] = (uint8_t)a;
		for (long nr = 0; nr <= NUMBERS; nr++)
			check(code, nr);
		for (int b = 0; b < 256; b++) {
			code[SITE - 2] = (uint8_t)b;
			for (size_t i = 0; i < sizeof(some) / sizeof(some[0]); i++)
				check(code, some[i]);
		}
		code[SITE - 2] = 0x90;
	}
}

static uint64_t next_random(void)
{
	static uint64_t x = 0x9e3779b97f4a7c15ULL;

	x ^= x << 13;
	x ^= x >> 7;
	x ^= x << 17;
	return x;
}

static uint8_t random_byte(void)
{
	/* Those that begin what reaches far, more often than others. */
	static const uint8_t often[] = {0x66, 0x67, 0xf2, 0xf3, 0x41, 0x48, 0x49, 0x4c, 0x0f,
					0xc4, 0xc5, 0x62, 0x8f, 0xc7, 0x81, 0x69, 0xf7, 0x8d,
					0x84, 0x45, 0x44, 0x24, 0x64, 0x65, 0x38, 0x3a, 0x05};
	uint64_t r = next_random();

	return r & 0x100 ? often[(r >> 16) % sizeof(often)] : (uint8_t)r;
}

static void check_random(uint8_t *code)
{
	for (long i = 0; i < RANDOM_TRIES; i++) {
		int length = 3 + (int)(next_random() % (LONGEST - 3));

		memset(code, 0x90, SITE);
		for (int k = 1; k <= length; k++)
			code[SITE - k] = random_byte();
		check(code, (long)(next_random() % (NUMBERS + 1)));
	}
}

/*
 * Refusing all would be safe too: of the C library's sites that load a number most
 * must be left.
 */
static void check_use(void)
{
	static uint8_t file[4 << 20];
	FILE *in = fopen("/proc/self/maps", "r");
	char line[4096], *path = NULL;
	long sites = 0, good = 0;
	size_t size;

	while (in && !path && fgets(line, sizeof(line), in))
		if (strstr(line, "/libc.so.6") || strstr(line, "/libc-"))
			path = strdup(strchr(line, '/'));
	if (in)
		fclose(in);
	if (path)
		path[strcspn(path, "\n")] = '\0';
	in = path ? fopen(path, "r") : NULL;
	if (!in) {
		printf("ok 2 # SKIP no libc.so.6 is mapped\n");
		return;
	}
	size = fread(file, 1, sizeof(file), in);
	fclose(in);
	for (uint8_t *p = file + SITE; p + FX_SITE_LENGTH <= file + size; p++) {
		if (p[0] != 0xb8 || p[3] || p[4] || p[5] != 0x0f || p[6] != 0x05)
			continue;
		sites++;
		good += fx_site_can_move(p - SITE, p[1] | p[2] << 8);
	}
	printf("%s 2 - %ld of %ld call sites of the C library can be patched\n",
	       sites > 100 && good > sites * 3 / 4 ? "ok" : "not ok", good, sites);
}

int main(void)
{
	uint8_t code[SIZE];

	printf("1..2\n");
	if (!ZYAN_SUCCESS(
		    ZydisDecoderInit(&decoder, ZYDIS_MACHINE_MODE_LONG_64, ZYDIS_STACK_WIDTH_64)))
		return 1;
	memset(code, 0x90, sizeof(code));
	check_all_short(code);
	check_random(code);
	printf("ok 1 - %ld sites that can be read in one way, %ld refused\n", patchable, refused);
	check_use();
	return 0;
}
