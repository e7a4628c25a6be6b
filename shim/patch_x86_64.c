/* SPDX-License-Identifier: MIT */
#include "shim/patch_x86_64.h"

#include "shim/insn_x86_64.h"
#include "shim/kernel_signal.h"
#include "shim/mem.h"
#include "shim/thread_layout.h"

/* Where the trampoline's instructions begin. */
enum {
	MOVED = 0,
	KEEP_NR = 5,	/* mov  %rax,%r11 */
	KEEP_FLAGS = 8, /* lahf */
	KEEP_OF = 9,	/* seto %al */
	FIND = 12,	/* mov  %gs:0,%rcx: faults if GS is the guest's */
	CHECK = 21,	/* cmpl $FX_THREAD_MAGIC,FX_THREAD_MAGIC_AT(%rcx): likewise */
	BRANCH = 28,	/* jne  OUT */
	SWITCH = 30,	/* xchg %rsp,%rcx: from here on the shim's stack */
	PUSH = 33,	/* push $record */
	ENTER = 38,	/* jmp  *fx_patched_entry_pointer */
	OUT = 45,	/* add  $0x7f,%al: the overflow flag is as al says */
	OUT_FLAGS = 47, /* sahf */
	OUT_NR = 48,	/* mov  %r11,%rax */
	OUT_JUMP = 51,	/* jmp  to the site's syscall */
	END = 56,
};

#define FLAG_OF	       0x800UL
#define FLAGS_OF_LAHF  0xd5UL /* SF, ZF, AF, PF, CF */
#define SYSCALL_LENGTH 2

_Static_assert(END <= FX_TRAMPOLINE_LENGTH, "room for one");
_Static_assert(MOVED == 0 && KEEP_NR == FX_SITE_MOVED, "the moved instruction comes first");

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
	for (int k = 1; k <= FX_INSN_LONGEST - FX_SITE_MOVED; k++)
		if (fx_insn_read(p - k, k + FX_SITE_MOVED, &insn) &&
		    insn.length == k + FX_SITE_MOVED && !would_fault(&insn, k))
			return true;
	return false;
}

static bool loads_number(const uint8_t *p, long nr)
{
	uint32_t number;

	memcpy(&number, p + 1, sizeof(number));
	return p[0] == 0xb8 && number == (uint64_t)nr;
}

bool fx_site_can_move(const uint8_t code[FX_SITE_BEFORE + FX_SITE_LENGTH], long nr)
{
	const uint8_t *end = code + FX_SITE_BEFORE + FX_SITE_MOVED;
	const uint8_t *site = code + FX_SITE_BEFORE;

	if (end[0] != 0x0f || end[1] != 0x05)
		return false;
	if (loads_number(site, nr))
		return !is_tail(site, nr) ||
		       ends_with(end, glibc_futex_wake, sizeof(glibc_futex_wake));
	return ends_with(end, glibc_syscall, sizeof(glibc_syscall)) ||
	       ends_with(end, musl_syscall_cp, sizeof(musl_syscall_cp));
}

/* False: further than a 32-bit displacement reaches. */
static bool put_rel32(uint8_t *out, uintptr_t next, uintptr_t target)
{
	int64_t distance = (int64_t)(target - next);
	int32_t rel = (int32_t)distance;

	memcpy(out, &rel, sizeof(rel));
	return rel == distance;
}

bool fx_site_jump(uint8_t out[FX_SITE_MOVED], uintptr_t site, uintptr_t trampoline)
{
	out[0] = 0xe9;
	return put_rel32(out + 1, site + FX_SITE_MOVED, trampoline);
}

static void put(uint8_t *out, const char *code, uint32_t operand, int length)
{
	memcpy(out, code, (size_t)length - sizeof(operand));
	memcpy(out + length - sizeof(operand), &operand, sizeof(operand));
}

void fx_patched_entry(void);
/* An address that an absolute 32-bit operand can name. */
static void (*const fx_patched_entry_pointer)(void) = fx_patched_entry;

bool fx_trampoline_write(uint8_t out[FX_TRAMPOLINE_LENGTH], uintptr_t at,
			 const uint8_t moved[FX_SITE_MOVED], const struct fx_site_record *site)
{
	memset(out, 0xcc, FX_TRAMPOLINE_LENGTH);
	memcpy(out + MOVED, moved, FX_SITE_MOVED);
	memcpy(out + KEEP_NR, "\x49\x89\xc3", 3);
	memcpy(out + KEEP_FLAGS, "\x9f", 1);
	memcpy(out + KEEP_OF, "\x0f\x90\xc0", 3);
	put(out + FIND, "\x65\x48\x8b\x0c\x25", 0, CHECK - FIND);
	put(out + CHECK, "\x81\x79\x10", FX_THREAD_MAGIC, BRANCH - CHECK);
	out[BRANCH] = 0x75;
	out[BRANCH + 1] = OUT - SWITCH;
	memcpy(out + SWITCH, "\x48\x87\xe1", 3);
	put(out + PUSH, "\x68", (uint32_t)(uintptr_t)site, ENTER - PUSH);
	put(out + ENTER, "\xff\x24\x25", (uint32_t)(uintptr_t)&fx_patched_entry_pointer,
	    OUT - ENTER);
	memcpy(out + OUT, "\x04\x7f", 2);
	memcpy(out + OUT_FLAGS, "\x9e", 1);
	memcpy(out + OUT_NR, "\x4c\x89\xd8", 3);
	out[OUT_JUMP] = 0xe9;
	return put_rel32(out + OUT_JUMP + 1, at + END, site->ret - SYSCALL_LENGTH);
}

_Static_assert(FX_THREAD_MAGIC_AT == 0x10, "the operand of CHECK");

static void flags_from_ah(struct sigcontext *sc)
{
	sc->eflags = (sc->eflags & ~FLAGS_OF_LAHF) | ((sc->rax >> 8) & FLAGS_OF_LAHF);
}

static void overflow(struct sigcontext *sc, bool set)
{
	sc->eflags = (sc->eflags & ~FLAG_OF) | (set ? FLAG_OF : 0);
}

void fx_trampoline_leave(struct ucontext *uc, uintptr_t trampoline,
			 const struct fx_site_record *site)
{
	struct sigcontext *sc = &uc->uc_mcontext;
	uintptr_t at = sc->rip - trampoline;

	if (at < KEEP_NR) {
		sc->rip = site->ret - FX_SITE_LENGTH;
		return;
	}
	sc->rip = site->ret - SYSCALL_LENGTH;
	if (at > CHECK && at <= OUT) {
		overflow(sc, sc->rax & 1);
		flags_from_ah(sc);
	} else if (at == OUT_FLAGS) {
		overflow(sc, sc->rax & 0x80);
		flags_from_ah(sc);
	}
	if (at > KEEP_FLAGS)
		sc->rax = sc->r11;
}
