/* SPDX-License-Identifier: MIT */
#include "shim/patch/patch_x86_64.h"

#include <stddef.h>

#include "shim/base/kernel_signal.h"
#include "shim/base/mem.h"
#include "shim/base/thread_layout.h"
#include "shim/patch/find.h"
#include "shim/patch/insn_x86_64.h"

#ifdef FX_WIDE_WINDOWS
#define PAUSES 32 /* bytes of pause */
#else
#define PAUSES 0
#endif

/*
 * Where the trampoline's instructions begin. What moves from before the `syscall` comes
 * first; the rest counts from there.
 */
enum {
	KEEP_NR = 0,	/* mov  %rax,%r11 */
	KEEP_FLAGS = 3, /* lahf */
	KEEP_OF = 4,	/* seto %al */
	FIND = 7,	/* mov  %gs:0,%rcx, which faults if GS is the guest's; or %fs:0 */
};

/* By GS, from FIND on. */
enum {
	GS_CHECK = 9,	/* cmpl $FX_THREAD_MAGIC,FX_THREAD_MAGIC_AT(%rcx): faults likewise */
	GS_BRANCH = 16, /* jne  OUT */
	GS_FOUND = 18,
};

/*
 * By FS: what the word there says goes, by the flags that are kept in ax, into the upper 48 bits
 * of rax, and the flags are all that is left of it if it is the thread's key (find.h).
 */
enum {
	FS_SHIFT = 9,	 /* shl  $16,%rcx */
	FS_FLAGS = 13,	 /* mov  %ax,%cx */
	FS_KEY = 16,	 /* mov  %rcx,%rax */
	FS_PLACE = 19,	 /* shr  $16 + FX_FIND_SHIFT,%rcx */
	FS_FACTOR = 23,	 /* imul $FX_FIND_FACTOR,%ecx,%ecx */
	FS_PLACED = 29,	 /* shr  $32 - FX_FIND_BITS,%ecx */
	FS_LOOK = 32,	 /* mov  fx_find_table(,%rcx,8),%rcx */
	FS_CHECK = 40,	 /* xor  FX_THREAD_FS_KEY(%rcx),%rax: faults if it is nobody's place */
	FS_COMPARE = 44, /* cmp  $0xffff,%rax */
	FS_BRANCH = 50,	 /* ja   OUT */
	FS_FOUND = 52,
};

/* From where the block is found. */
enum {
	SWITCH = 0,		 /* xchg %rsp,%rcx: from here on the shim's stack */
	PUSH = 3,		 /* push $record */
	ENTER = 8 + PAUSES,	 /* jmp  *entry */
	OUT = 15 + PAUSES,	 /* add  $0x7f,%al: the overflow flag is as al says */
	OUT_FLAGS = 17 + PAUSES, /* sahf */
	OUT_NR = 18 + PAUSES,	 /* mov  %r11,%rax */
	OUT_CALL = 21 + PAUSES,	 /* the site's syscall: jmp to it, or, if it was replaced, itself */
	OUT_END = 26 + PAUSES,

	/* Then, with something moved from behind, which has nothing before: */
	BACK = 23 + PAUSES,   /* lea  ret(%rip),%rcx: as `syscall` leaves it */
	BEHIND = 30 + PAUSES, /* what has moved, and jmp to what follows it */
};

static int check_at(struct fx_site_shape shape)
{
	return FIND + (shape.by_fs ? FS_CHECK : GS_CHECK);
}

static int found_at(struct fx_site_shape shape)
{
	return FIND + (shape.by_fs ? FS_FOUND : GS_FOUND);
}

#define FLAG_OF	      0x800UL
#define FLAGS_OF_LAHF 0xd5UL /* SF, ZF, AF, PF, CF */

/* What fits behind BEHIND, beside the jump. */
#define LONGEST_BEHIND (FX_TRAMPOLINE_LENGTH - FIND - FS_FOUND - BEHIND - FX_JUMP_LENGTH)

_Static_assert(LONGEST_BEHIND >= FX_INSN_LONGEST, "room for any instruction");
_Static_assert(FX_SITE_BEFORE >= FX_JUMP_LENGTH + FX_INSN_LONGEST, "what is_tail reads");

/* What glibc's syscall(3) does before its `syscall`; the last instruction is to be moved. */
static const uint8_t glibc_syscall[] = {
	0x48, 0x89, 0xf7,	      /* mov %rsi,%rdi */
	0x48, 0x89, 0xd6,	      /* mov %rdx,%rsi */
	0x48, 0x89, 0xca,	      /* mov %rcx,%rdx */
	0x4d, 0x89, 0xc2,	      /* mov %r8,%r10 */
	0x4d, 0x89, 0xc8,	      /* mov %r9,%r8 */
	0x4c, 0x8b, 0x4c, 0x24, 0x08, /* mov 0x8(%rsp),%r9 */
};

/* The same of musl's __syscall_cp_asm. */
static const uint8_t musl_syscall_cp[] = {
	0x4c, 0x8b, 0x44, 0x24, 0x08, /* mov 0x8(%rsp),%r8 */
	0x4c, 0x8b, 0x4c, 0x24, 0x10, /* mov 0x10(%rsp),%r9 */
	0x4c, 0x89, 0x5c, 0x24, 0x08, /* mov %r11,0x8(%rsp) */
};

/*
 * glibc's lll_futex_wake: by itself its last bytes might be testb $0,0xcab8(%rcx), which
 * nobody writes.
 */
static const uint8_t glibc_futex_wake[] = {
	0x40, 0x80, 0xf6, 0x81,	   /* xor $0x81,%sil */
	0xb8, 0xca, 0,	  0,	0, /* mov $202,%eax */
};

/*
 * The end of a thread in glibc: a loop of four bytes, which are too few for a jump, and a jump back
 * behind the call. But before it its number is loaded, and then come at most a few bytes that align
 * it. Who comes to the loop in another way finds it as it was, and traps.
 */
static const uint8_t glibc_exit_number[] = {0xba, 0x3c, 0, 0, 0}; /* mov $60,%edx */
static const uint8_t glibc_exit_loop[] = {
	0x31, 0xff, /* xor %edi,%edi */
	0x89, 0xd0, /* mov %edx,%eax */
};
static const uint8_t glibc_exit_again[] = {0xeb, 0xf8}; /* jmp to the first of these */

#define LONGEST_NOP    8
#define LONGEST_BEFORE (sizeof(glibc_exit_number) + LONGEST_NOP + sizeof(glibc_exit_loop))

_Static_assert(LONGEST_BEFORE + FIND + FS_FOUND + OUT_END <= FX_TRAMPOLINE_LENGTH &&
		       LONGEST_BEFORE <= FX_SITE_MOVED && LONGEST_BEFORE <= FX_SITE_BEFORE,
	       "room for it");

static bool ends_with(const uint8_t *end, const uint8_t *pattern, int length)
{
	for (int i = 1; i <= length; i++)
		if (end[-i] != pattern[length - i])
			return false;
	return true;
}

/*
 * With rax a small number, as it is at the `syscall`, an access to disp32(%rax) faults.
 * b8 is such a ModRM. Not lea, which accesses nothing; nor idiv, after which rax is another.
 */
static bool would_fault(const struct fx_insn *insn, int length_before)
{
	return insn->one_byte && insn->modrm == length_before && !insn->prefixed &&
	       !(insn->rex & 1) && insn->opcode != 0x8d && (insn->opcode & 0xfe) != 0xf6;
}

/*
 * The bytes b8 NR, NR being 32 bits, right before a `syscall` that was executed with
 * rax == NR. They are `mov $NR,%eax` unless they are the tail of a longer instruction
 * that ends where the `syscall` begins: all those that could be are read. Of two
 * instructions that share these bytes the second would be add %al,(%rax), of the zeros at
 * their end, which faults; or enter, if NR ends with c8.
 */
static bool is_tail(const uint8_t *p, long nr)
{
	struct fx_insn insn;

	if ((nr & 0xff) == 0xc8)
		return true;
	for (int k = 1; k <= FX_INSN_LONGEST - FX_JUMP_LENGTH; k++)
		if (fx_insn_read(p - k, k + FX_JUMP_LENGTH, &insn) &&
		    insn.length == k + FX_JUMP_LENGTH && !would_fault(&insn, k))
			return true;
	return false;
}

static bool loads_number(const uint8_t *p, long nr)
{
	uint32_t number;

	memcpy(&number, p + 1, sizeof(number));
	return p[0] == 0xb8 && number == (uint64_t)nr;
}

/* One nop of this length, or nothing; behind it lies a call, and as much as fx_site_shape is given.
 */
static bool is_nop(const uint8_t *code, int length)
{
	struct fx_insn insn;

	if (length == 0)
		return true;
	return fx_insn_read(code, FX_INSN_LONGEST, &insn) && insn.length == length &&
	       ((insn.one_byte && insn.opcode == 0x90 && !insn.repeat && !insn.rex) ||
		(insn.two_byte && insn.opcode == 0x1f));
}

/* How many bytes before the `syscall` glibc's exit has that may all be executed elsewhere; or 0. */
static uint8_t glibc_exit(const uint8_t *call)
{
	const uint8_t *loop = call - sizeof(glibc_exit_loop);

	if (!ends_with(call, glibc_exit_loop, sizeof(glibc_exit_loop)) ||
	    memcmp(call + FX_SYSCALL_LENGTH, glibc_exit_again, sizeof(glibc_exit_again)) != 0)
		return 0;
	for (int nop = 0; nop <= LONGEST_NOP; nop++)
		if (ends_with(loop - nop, glibc_exit_number, sizeof(glibc_exit_number)) &&
		    is_nop(loop - nop, nop))
			return (uint8_t)(call - (loop - nop) + (int)sizeof(glibc_exit_number));
	return 0;
}

/*
 * How many bytes before a `syscall` are instructions that may be executed elsewhere, the first of
 * which a jump can take the place of; or 0.
 */
static uint8_t can_move_before(const uint8_t *call, long nr)
{
	bool one = loads_number(call - FX_JUMP_LENGTH, nr)
			   ? !is_tail(call - FX_JUMP_LENGTH, nr) ||
				     ends_with(call, glibc_futex_wake, sizeof(glibc_futex_wake))
			   : ends_with(call, glibc_syscall, sizeof(glibc_syscall)) ||
				     ends_with(call, musl_syscall_cp, sizeof(musl_syscall_cp));

	return one ? FX_JUMP_LENGTH : glibc_exit(call);
}

/* Arithmetic, moves and addresses, of the one-byte opcodes; no branch, nothing that traps. */
static bool is_simple(uint8_t op, uint8_t reg)
{
	if (op < 0x40)
		return (op & 7) < 6;
	switch (op) {
	case 0x63: /* movslq */
	case 0x69: /* imul */
	case 0x6b:
	case 0x80: /* add to cmp, immediate */
	case 0x81:
	case 0x83:
	case 0x84: /* test */
	case 0x85:
	case 0x88: /* mov */
	case 0x89:
	case 0x8a:
	case 0x8b:
	case 0x8d: /* lea */
	case 0xa8: /* test, immediate */
	case 0xa9:
		return true;
	case 0xc6: /* mov, immediate; with another reg xabort, xbegin */
	case 0xc7:
		return reg == 0;
	case 0xf6: /* test, not, neg */
	case 0xf7:
		return reg == 0 || reg == 2 || reg == 3;
	default:
		return (op & 0xf8) == 0xb8;
	}
}

static bool is_rip_relative(uint8_t modrm)
{
	return (modrm & 0xc7) == 0x05;
}

/*
 * The length of the instruction behind a `syscall`, if it may be executed elsewhere and
 * covers what a jump in place of the `syscall` overwrites; or 0. Where it begins is no
 * question: the call returns there.
 */
static uint8_t can_move_behind(const uint8_t *next)
{
	struct fx_insn insn;
	uint8_t modrm;

	if (!fx_insn_read(next, FX_SITE_BEHIND, &insn) || !insn.one_byte || insn.prefixed ||
	    insn.length < FX_JUMP_LENGTH - FX_SYSCALL_LENGTH)
		return 0;
	modrm = insn.modrm ? next[insn.modrm] : 0;
	if (!is_simple(insn.opcode, modrm >> 3 & 7) || (insn.modrm && is_rip_relative(modrm)))
		return 0;
	return insn.length;
}

bool fx_site_shape(const uint8_t code[FX_SITE_BYTES], long nr, struct fx_site_shape *out)
{
	const uint8_t *call = code + FX_SITE_BEFORE;

	*out = (struct fx_site_shape){0};
	if (call[0] != 0x0f || call[1] != 0x05)
		return false;
	out->before = can_move_before(call, nr);
	if (!out->before)
		out->behind = can_move_behind(call + FX_SYSCALL_LENGTH);
	return out->before || out->behind;
}

/*
 * Bytes that raise SIGILL when an instruction begins with them: what 64-bit mode has
 * taken from the one-byte opcodes, and given to nothing else. Intel SDM volume 2,
 * table A-2, marked i64.
 */
static bool is_invalid(uint8_t byte)
{
	switch (byte) {
	case 0x06: /* push and pop of segment registers */
	case 0x07:
	case 0x0e:
	case 0x16:
	case 0x17:
	case 0x1e:
	case 0x1f:
	case 0x27: /* daa, das, aaa, aas */
	case 0x2f:
	case 0x37:
	case 0x3f:
	case 0x60: /* pusha, popa */
	case 0x61:
	case 0x82:
	case 0x9a: /* call far */
	case 0xce: /* into */
	case 0xd4: /* aam */
	case 0xea: /* jmp far */
		return true;
	default:
		return false;
	}
}

/* False: further than a 32-bit displacement reaches. */
static bool put_rel32(uint8_t *out, uintptr_t next, uintptr_t target)
{
	int64_t distance = (int64_t)(target - next);
	int32_t rel = (int32_t)distance;

	memcpy(out, &rel, sizeof(rel));
	return rel == distance;
}

static bool put_jump(uint8_t *out, uintptr_t at, uintptr_t target)
{
	out[0] = 0xe9;
	return put_rel32(out + 1, at + FX_JUMP_LENGTH, target);
}

bool fx_site_jump(uint8_t out[FX_JUMP_LENGTH], uintptr_t ret, struct fx_site_shape shape,
		  uintptr_t trampoline)
{
	return put_jump(out, fx_site_start(ret, shape), trampoline) &&
	       (!shape.behind || is_invalid(out[FX_SYSCALL_LENGTH]));
}

static void put(uint8_t *out, const char *code, uint32_t operand, int length)
{
	memcpy(out, code, (size_t)length - sizeof(operand));
	memcpy(out + length - sizeof(operand), &operand, sizeof(operand));
}

static void put_find_by_gs(uint8_t *out)
{
	put(out, "\x65\x48\x8b\x0c\x25", 0, GS_CHECK);
	put(out + GS_CHECK, "\x81\x79\x10", FX_THREAD_MAGIC, GS_BRANCH - GS_CHECK);
	out[GS_BRANCH] = 0x75;
	out[GS_BRANCH + 1] = OUT;
}

static void put_find_by_fs(uint8_t *out, struct fx_thread *const *table)
{
	put(out, "\x64\x48\x8b\x0c\x25", 0, FS_SHIFT);
	memcpy(out + FS_SHIFT, "\x48\xc1\xe1\x10", 4);
	memcpy(out + FS_FLAGS, "\x66\x89\xc1", 3);
	memcpy(out + FS_KEY, "\x48\x89\xc8", 3);
	memcpy(out + FS_PLACE, "\x48\xc1\xe9", 3);
	out[FS_PLACE + 3] = 16 + FX_FIND_SHIFT;
	put(out + FS_FACTOR, "\x69\xc9", FX_FIND_FACTOR, FS_PLACED - FS_FACTOR);
	memcpy(out + FS_PLACED, "\xc1\xe9", 2);
	out[FS_PLACED + 2] = 32 - FX_FIND_BITS;
	put(out + FS_LOOK, "\x48\x8b\x0c\xcd", (uint32_t)(uintptr_t)table, FS_CHECK - FS_LOOK);
	memcpy(out + FS_CHECK, "\x48\x33\x41", 3);
	out[FS_CHECK + 3] = FX_THREAD_FS_KEY;
	put(out + FS_COMPARE, "\x48\x3d", 0xffff, FS_BRANCH - FS_COMPARE);
	out[FS_BRANCH] = 0x77;
	out[FS_BRANCH + 1] = OUT;
}

/* From where the block is found to OUT_CALL. */
static void put_rest(uint8_t *out, void (*const *entry)(void), const struct fx_site_record *site)
{
	memcpy(out + SWITCH, "\x48\x87\xe1", 3);
	put(out + PUSH, "\x68", (uint32_t)(uintptr_t)site, ENTER - PUSH - PAUSES);
	for (int i = 0; i < PAUSES; i += 2)
		memcpy(out + ENTER - PAUSES + i, "\xf3\x90", 2);
	put(out + ENTER, "\xff\x24\x25", (uint32_t)(uintptr_t)entry, OUT - ENTER);
	memcpy(out + OUT, "\x04\x7f", 2);
	memcpy(out + OUT_FLAGS, "\x9e", 1);
	memcpy(out + OUT_NR, "\x4c\x89\xd8", 3);
}

bool fx_trampoline_write(uint8_t out[FX_TRAMPOLINE_LENGTH], uintptr_t at,
			 const uint8_t code[FX_SITE_BYTES], struct fx_site_shape shape,
			 const struct fx_trampoline_ends *ends, struct fx_site_record *site)
{
	const uint8_t *call = code + FX_SITE_BEFORE;
	uint8_t *keep = out + shape.before, *found = keep + found_at(shape);

	memset(out, 0xcc, FX_TRAMPOLINE_LENGTH);
	memcpy(out, call - shape.before, shape.before);
	memcpy(keep + KEEP_NR, "\x49\x89\xc3", 3);
	memcpy(keep + KEEP_FLAGS, "\x9f", 1);
	memcpy(keep + KEEP_OF, "\x0f\x90\xc0", 3);
	if (shape.by_fs)
		put_find_by_fs(keep + FIND, ends->table);
	else
		put_find_by_gs(keep + FIND);
	put_rest(found, ends->entry, site);
	at += (uintptr_t)(found - out);
	if (shape.before) {
		site->back = site->ret;
		site->again = site->ret - FX_SYSCALL_LENGTH;
		return put_jump(found + OUT_CALL, at + OUT_CALL, site->again);
	}
	site->back = at + BACK;
	site->again = at + OUT_CALL;
	memcpy(found + OUT_CALL, call, FX_SYSCALL_LENGTH);
	memcpy(found + BACK, "\x48\x8d\x0d", 3);
	memcpy(found + BEHIND, call + FX_SYSCALL_LENGTH, shape.behind);
	return put_rel32(found + BACK + 3, at + BEHIND, site->ret) &&
	       put_jump(found + BEHIND + shape.behind, at + BEHIND + shape.behind,
			site->ret + shape.behind);
}

_Static_assert(offsetof(struct fx_site_record, ret) == 0 &&
		       offsetof(struct fx_site_record, back) == 8 &&
		       offsetof(struct fx_site_record, again) == 16,
	       "patched_x86_64.S");
_Static_assert(FX_THREAD_MAGIC_AT == 0x10, "the operand of CHECK");

static void flags_from_ah(struct sigcontext *sc)
{
	sc->eflags = (sc->eflags & ~FLAGS_OF_LAHF) | ((sc->rax >> 8) & FLAGS_OF_LAHF);
}

static void overflow(struct sigcontext *sc, bool set)
{
	sc->eflags = (sc->eflags & ~FLAG_OF) | (set ? FLAG_OF : 0);
}

/* Behind the call. Whether it has come as far as what has moved, or through it. */
static void leave_behind(struct sigcontext *sc, uintptr_t at, struct fx_site_shape shape,
			 const struct fx_site_record *site)
{
	sc->rip = site->ret;
	if (at == BACK)
		sc->rcx = site->ret;
	else if (at > BEHIND)
		sc->rip += shape.behind;
}

void fx_trampoline_leave(struct ucontext *uc, uintptr_t trampoline, struct fx_site_shape shape,
			 const struct fx_site_record *site)
{
	struct sigcontext *sc = &uc->uc_mcontext;
	uintptr_t at = sc->rip - trampoline, out;

	if (at < shape.before) {
		/* Behind the first of them the site is as it was. */
		sc->rip = fx_site_start(site->ret, shape) + at;
		return;
	}
	at -= shape.before;
	out = (uintptr_t)found_at(shape);
	if (shape.behind && at >= out + BACK) {
		leave_behind(sc, at - out, shape, site);
		return;
	}
	sc->rip = site->ret - FX_SYSCALL_LENGTH;
	if (at > FIND && at <= out + OUT) {
		overflow(sc, sc->rax & 1);
		flags_from_ah(sc);
	} else if (at == out + OUT_FLAGS) {
		overflow(sc, sc->rax & 0x80);
		flags_from_ah(sc);
	}
	if (at > KEEP_FLAGS && at < out + OUT_CALL)
		sc->rax = sc->r11;
}

bool fx_trampoline_begins(uintptr_t offset)
{
	return offset == 0;
}

bool fx_trampoline_finds(uintptr_t offset, struct fx_site_shape shape)
{
	offset -= shape.before;
	return offset == FIND || offset == (uintptr_t)check_at(shape);
}

bool fx_trampoline_trapped(uintptr_t offset, struct fx_site_shape shape)
{
	return shape.behind && offset == (uintptr_t)found_at(shape) + OUT_CALL + FX_SYSCALL_LENGTH;
}

uintptr_t fx_trampoline_behind(uintptr_t trampoline, struct fx_site_shape shape)
{
	return trampoline + (uintptr_t)found_at(shape) + BEHIND;
}
