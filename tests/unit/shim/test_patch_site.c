/* SPDX-License-Identifier: MIT */
/*
 * Are five bytes before a `syscall` an instruction of their own? fx_site_shape
 * says so only if nothing else is possible. Here Zydis tries to read the same bytes in
 * another way: all bytes before them up to three, and millions of longer ones.
 *
 * Another way is a chain of instructions that begins before the site, has no
 * boundary where the site begins, and ends where the `syscall` does begin; and that can have
 * been executed with rax == nr at its end, so without an access to what rax, being so
 * small a number, points to.
 *
 * And may what is behind a `syscall` be executed elsewhere? Zydis says how long it is
 * and that it neither branches nor depends on where it is.
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <Zydis/Zydis.h>

#include "shim/patch/patch_x86_64.h"
#include "tests/unit/shim/put_back.h"

enum {
	SITE = FX_SITE_BEFORE - FX_JUMP_LENGTH, /* the five bytes */
	SYSCALL = FX_SITE_BEFORE,
	RET = SYSCALL + FX_SYSCALL_LENGTH,
	SIZE = FX_SITE_BYTES,
};

#define LONGEST	      15
#define NUMBERS	      470
#define RANDOM_TRIES  600000
#define LOWEST_MAPPED 0x10000 /* vm.mmap_min_addr */

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
		    !ZYAN_SUCCESS(ZydisDecoderDecodeFull(&decoder, code + at, (ZyanUSize)(RET - at),
							 &insn, operand)))
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
	for (int i = from; i < RET; i++)
		printf(" %02x", code[i]);
	printf("\n");
}

/* code has what comes before the site. */
static void check(uint8_t *code, long nr)
{
	uint32_t number = (uint32_t)nr;
	struct fx_site_shape shape;

	code[SITE] = 0xb8;
	memcpy(code + SITE + 1, &number, sizeof(number));
	code[SYSCALL] = 0x0f;
	code[SYSCALL + 1] = 0x05;
	if (!fx_site_shape(code, nr, &shape) || !shape.before) {
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

static long moved, left;

/* Whether Zydis finds anything that stays where it is. */
static bool depends_on_place(const ZydisDecodedInstruction *insn,
			     const ZydisDecodedOperand *operand)
{
	if (goes_elsewhere(insn) || (insn->attributes & ZYDIS_ATTRIB_IS_RELATIVE) ||
	    insn->meta.category == ZYDIS_CATEGORY_COND_BR ||
	    insn->meta.category == ZYDIS_CATEGORY_CALL ||
	    insn->meta.category == ZYDIS_CATEGORY_SYSCALL ||
	    insn->meta.category == ZYDIS_CATEGORY_INTERRUPT)
		return true;
	for (int i = 0; i < insn->operand_count; i++)
		if ((operand[i].type == ZYDIS_OPERAND_TYPE_REGISTER &&
		     operand[i].reg.value == ZYDIS_REGISTER_RIP) ||
		    (operand[i].type == ZYDIS_OPERAND_TYPE_MEMORY &&
		     (operand[i].mem.base == ZYDIS_REGISTER_RIP ||
		      operand[i].mem.base == ZYDIS_REGISTER_EIP)))
			return true;
	return false;
}

/* code has what comes behind the `syscall`. */
static void check_behind(uint8_t *code)
{
	ZydisDecodedOperand operand[ZYDIS_MAX_OPERAND_COUNT];
	ZydisDecodedInstruction insn;
	struct fx_site_shape shape;

	if (!fx_site_shape(code, 0, &shape)) {
		left++;
		return;
	}
	/* What cannot be executed here cannot be executed there. */
	if (!ZYAN_SUCCESS(
		    ZydisDecoderDecodeFull(&decoder, code + RET, FX_SITE_BEHIND, &insn, operand)))
		return;
	moved++;
	if (shape.before || insn.length != shape.behind ||
	    shape.behind + FX_SYSCALL_LENGTH < FX_JUMP_LENGTH || depends_on_place(&insn, operand)) {
		printf("not ok 2 - %d bytes behind, %d for Zydis:", shape.behind, insn.length);
		for (int i = RET; i < SIZE; i++)
			printf(" %02x", code[i]);
		printf("\n");
		exit(1);
	}
}

static void check_all_behind(uint8_t *code)
{
	static const uint8_t rex[] = {0, 0x40, 0x41, 0x44, 0x48, 0x49, 0x4c, 0x4f};

	memset(code, 0x90, SIZE);
	code[SYSCALL] = 0x0f;
	code[SYSCALL + 1] = 0x05;
	for (int two = 0; two < 65536; two++) {
		for (size_t i = 0; i < sizeof(rex); i++) {
			uint8_t *p = code + RET;

			if (rex[i])
				*p++ = rex[i];
			*p++ = (uint8_t)(two >> 8);
			*p++ = (uint8_t)two;
			for (; p < code + SIZE; p++)
				*p = (uint8_t)next_random();
			check_behind(code);
		}
	}
	for (long i = 0; i < RANDOM_TRIES; i++) {
		for (int k = RET; k < SIZE; k++)
			code[k] = random_byte();
		check_behind(code);
	}
}

/* Where the jump's byte behind the `syscall` could be executed. */
static bool can_be_executed(uint8_t byte)
{
	for (int i = 0; i < 2000; i++) {
		ZydisDecodedOperand operand[ZYDIS_MAX_OPERAND_COUNT];
		ZydisDecodedInstruction insn;
		uint8_t code[LONGEST];

		for (int k = 1; k < LONGEST; k++)
			code[k] = random_byte();
		code[0] = byte;
		if (ZYAN_SUCCESS(
			    ZydisDecoderDecodeFull(&decoder, code, sizeof(code), &insn, operand)))
			return true;
	}
	return false;
}

#define SITE_AT	  0x7f0000123456UL
#define ISLAND	  0x4000UL /* as in shim/patch/patch.c */
#define DISTANCES 65536

/* Trampolines: never where it could, and some in every island. */
static bool check_places(void)
{
	const struct fx_site_shape shape = {.behind = 6};
	uint8_t jump[FX_JUMP_LENGTH], executable[256];
	static bool good[DISTANCES + ISLAND];

	for (int b = 0; b < 256; b++)
		executable[b] = can_be_executed((uint8_t)b);
	for (uintptr_t i = 0; i < DISTANCES + ISLAND; i++) {
		good[i] = fx_site_jump(jump, SITE_AT, shape, SITE_AT - 0x1000000 + i);
		if (good[i] && executable[jump[FX_SYSCALL_LENGTH]])
			return false;
	}
	for (uintptr_t island = 0; island < DISTANCES; island++) {
		int places = 0;

		for (uintptr_t i = 0; i < ISLAND; i += FX_TRAMPOLINE_LENGTH)
			places += good[island + i];
		if (!places)
			return false;
	}
	return true;
}

static uint8_t library[4 << 20];

static size_t read_library(void)
{
	FILE *in = fopen("/proc/self/maps", "r");
	char line[4096], *path = NULL;
	size_t size = 0;

	while (in && !path && fgets(line, sizeof(line), in))
		if (strstr(line, "/libc.so.6") || strstr(line, "/libc-"))
			path = strdup(strchr(line, '/'));
	if (in)
		fclose(in);
	if (path)
		path[strcspn(path, "\n")] = '\0';
	in = path ? fopen(path, "r") : NULL;
	if (in) {
		size = fread(library, 1, sizeof(library), in);
		fclose(in);
	}
	free(path);
	return size;
}

/*
 * Refusing all would be safe too: of the C library's sites that load a number, or look
 * at the result, most must be left.
 */
static void check_use(void)
{
	static const uint8_t cmp[] = {0x48, 0x3d}; /* of rax with 32 bits */
	long sites = 0, before = 0, behind = 0;
	size_t size = read_library();

	if (!size) {
		printf("ok 4 # SKIP no libc.so.6 is mapped\n");
		return;
	}
	for (uint8_t *p = library + SYSCALL; p + SIZE <= library + size; p++) {
		bool loads = p[-5] == 0xb8 && p[-2] == 0 && p[-1] == 0;
		struct fx_site_shape shape;

		if (p[0] != 0x0f || p[1] != 0x05 ||
		    (!loads && memcmp(p + FX_SYSCALL_LENGTH, cmp, sizeof(cmp)) != 0))
			continue;
		sites++;
		if (!fx_site_shape(p - SYSCALL, loads ? p[-4] | p[-3] << 8 : 0, &shape))
			continue;
		before += shape.before != 0;
		behind += shape.behind != 0;
	}
	printf("%s 4 - of %ld call sites of the C library %ld can be patched before, %ld behind\n",
	       sites > 100 && before + behind > sites * 9 / 10 && behind ? "ok" : "not ok", sites,
	       before, behind);
}

/* The end of a thread in glibc, with so many bytes that align its loop. */
static void glibc_exit(uint8_t *code, const uint8_t *nop, int length)
{
	static const uint8_t number[] = {0xba, 0x3c, 0, 0, 0};
	static const uint8_t loop[] = {0x31, 0xff, 0x89, 0xd0, 0x0f, 0x05, 0xeb, 0xf8};
	uint8_t *at = code + SYSCALL - 4;

	memset(code, 0x90, SIZE);
	memcpy(at, loop, sizeof(loop));
	memcpy(at - length, nop, (size_t)length);
	memcpy(at - length - (int)sizeof(number), number, sizeof(number));
}

/* Wherever a thread is stopped in what has moved, it is put to the same instruction of the site. */
static bool is_put_back(const uint8_t *code, struct fx_site_shape shape)
{
	static void (*const entry)(void);
	static struct fx_thread *const table;
	const struct fx_trampoline_ends ends = {&entry, &table};
	struct fx_site_record record = {.ret = SITE_AT};
	const uintptr_t at = SITE_AT + 0x10000;
	uint8_t out[FX_TRAMPOLINE_LENGTH];
	ZydisDecodedOperand operand[ZYDIS_MAX_OPERAND_COUNT];
	ZydisDecodedInstruction insn;

	if (!fx_trampoline_write(out, at, code, shape, &ends, &record) ||
	    memcmp(out, code + SYSCALL - shape.before, shape.before) != 0)
		return false;
	for (unsigned offset = 0; offset < shape.before; offset += insn.length) {
		if (!ZYAN_SUCCESS(ZydisDecoderDecodeFull(&decoder, out + offset,
							 sizeof(out) - offset, &insn, operand)) ||
		    depends_on_place(&insn, operand))
			return false;
		if (put_back(at, offset, shape, &record) !=
		    fx_site_start(record.ret, shape) + offset)
			return false;
	}
	return true;
}

static bool check_glibc_exit(void)
{
	static const struct {
		int length;
		uint8_t nop[8];
	} nops[] = {
		{0, {0}},
		{1, {0x90}},
		{2, {0x66, 0x90}},
		{3, {0x0f, 0x1f, 0x00}},
		{4, {0x0f, 0x1f, 0x40, 0x00}},
		{5, {0x0f, 0x1f, 0x44, 0x00, 0x00}},
		{6, {0x66, 0x0f, 0x1f, 0x44, 0x00, 0x00}},
		{7, {0x0f, 0x1f, 0x80, 0x00, 0x00, 0x00, 0x00}},
		{8, {0x0f, 0x1f, 0x84, 0x00, 0x00, 0x00, 0x00, 0x00}},
	};
	uint8_t code[SIZE];
	struct fx_site_shape shape;

	for (size_t i = 0; i < sizeof(nops) / sizeof(nops[0]); i++) {
		const int before = 5 + nops[i].length + 4;

		for (int by_fs = 0; by_fs < 2; by_fs++) {
			glibc_exit(code, nops[i].nop, nops[i].length);
			if (!fx_site_shape(code, 60, &shape) || shape.before != before)
				return false;
			shape.by_fs = by_fs;
			if (!is_put_back(code, shape))
				return false;
		}
		/* One byte of it another: nothing that is known. */
		for (int k = SYSCALL - before; k < RET + 2; k++) {
			glibc_exit(code, nops[i].nop, nops[i].length);
			code[k] ^= 0x80;
			if (fx_site_shape(code, 60, &shape) && shape.before > FX_JUMP_LENGTH &&
			    (k < SYSCALL - 4 - nops[i].length || k >= SYSCALL - 4))
				return false;
		}
	}
	/* Two instructions, one that is no nop, one that is longer. */
	glibc_exit(code, (const uint8_t *)"\x90\x90", 2);
	if (fx_site_shape(code, 60, &shape) && shape.before)
		return false;
	glibc_exit(code, (const uint8_t *)"\x89\xc2", 2);
	if (fx_site_shape(code, 60, &shape) && shape.before)
		return false;
	glibc_exit(code, (const uint8_t *)"\x66\x0f\x1f\x84\0\0\0\0\0", 9);
	return !fx_site_shape(code, 60, &shape) || !shape.before;
}

int main(void)
{
	uint8_t code[SIZE];

	printf("1..5\n");
	if (!ZYAN_SUCCESS(
		    ZydisDecoderInit(&decoder, ZYDIS_MACHINE_MODE_LONG_64, ZYDIS_STACK_WIDTH_64)))
		return 1;
	memset(code, 0x90, sizeof(code));
	check_all_short(code);
	check_random(code);
	printf("ok 1 - %ld sites that can be read in one way, %ld refused\n", patchable, refused);
	check_all_behind(code);
	printf("ok 2 - %ld that may move from behind a call, %ld left\n", moved, left);
	printf("%s 3 - trampolines lie where their jumps have no second meaning\n",
	       check_places() ? "ok" : "not ok");
	check_use();
	printf("%s 5 - the end of a thread of glibc is known, and each step of it put back\n",
	       check_glibc_exit() ? "ok" : "not ok");
	return 0;
}
