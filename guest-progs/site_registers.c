/* SPDX-License-Identifier: MIT */
/*
 * A call site that is used often: before, while and after its calls may be served
 * another way than the first ones. Each call must leave every register, flag, vector
 * and the red zone as they were, but for rax, rcx (the address behind the call) and r11
 * (the flags).
 */
#include <stdint.h>

#include "guest-progs/guest.h"

enum { REGISTERS = 14, CALLS = 200 };

/* rbx rdx rsi rdi rbp r8 to r10 r12 to r15, rcx, r11 */
uint64_t site_in[REGISTERS], site_out[REGISTERS], site_flags_in, site_flags_out;
uint64_t site_red_zone[2][16];
uint64_t site_vectors[2][4];
/* What a site consists of, before and behind its `syscall`. */
#define SITE(name, before, behind)                                                                                                                  \
	void name(void);                                                                                                                            \
	extern const char name##_ret[];                                                                                                             \
	__asm__(".text\n"                                                                                                                           \
		".globl " #name "\n" #name ":\n"                                                                                                    \
		"	push %rbx; push %rbp; push %r12; push %r13; push %r14; push %r15\n"                                                               \
		"	movdqu site_vectors(%rip), %xmm5\n"                                                                                               \
		"	movdqu 16+site_vectors(%rip), %xmm15\n" /* the red zone */                                                                  \
		"	lea site_red_zone(%rip), %rsi\n"                                                                                                  \
		"	lea -128(%rsp), %rdi\n"                                                                                                           \
		"	mov $16, %ecx\n"                                                                                                                  \
		"	cld\n"                                                                                                                            \
		"	rep movsq\n"                                                                                                                      \
		"	lea site_in(%rip), %rax\n"                                                                                                        \
		"	mov (%rax), %rbx;	mov 8(%rax), %rdx;	mov 16(%rax), %rsi\n"                                                                        \
		"	mov 24(%rax), %rdi;	mov 32(%rax), %rbp;	mov 40(%rax), %r8\n"                                                                      \
		"	mov 48(%rax), %r9;	mov 56(%rax), %r10;	mov 64(%rax), %r12\n"                                                                      \
		"	mov 72(%rax), %r13;	mov 80(%rax), %r14;	mov 88(%rax), %r15\n" /* what                                               \
												 is pushed lies in the last word of the red zone */ \
		"	push site_flags_in(%rip)\n"                                                                                                       \
		"	popf\n"                                                                                                                           \
		"	" before "\n"                                                                                                               \
		"	syscall\n"                                                                                                                        \
		".globl " #name "_ret\n" #name "_ret:\n"                                                                                            \
		"	" behind "\n"                                                                                                               \
		"	pushf\n"                                                                                                                          \
		"	pop site_flags_out(%rip)\n"                                                                                                       \
		"	lea site_out(%rip), %rax\n"                                                                                                       \
		"	mov %rbx, (%rax);	mov %rdx, 8(%rax);	mov %rsi, 16(%rax)\n"                                                                        \
		"	mov %rdi, 24(%rax);	mov %rbp, 32(%rax);	mov %r8, 40(%rax)\n"                                                                      \
		"	mov %r9, 48(%rax);	mov %r10, 56(%rax);	mov %r12, 64(%rax)\n"                                                                      \
		"	mov %r13, 72(%rax);	mov %r14, 80(%rax);	mov %r15, 88(%rax)\n"                                                                     \
		"	mov %rcx, 96(%rax);	mov %r11, 104(%rax)\n"                                                                                        \
		"	pushf\n"                                                                                                                          \
		"	andl $~0x40400, (%rsp)\n" /* AC and DF: enough of them */                                                                   \
		"	popf\n"                                                                                                                           \
		"	lea -128(%rsp), %rsi\n"                                                                                                           \
		"	lea 128+site_red_zone(%rip), %rdi\n"                                                                                              \
		"	mov $16, %ecx\n"                                                                                                                  \
		"	rep movsq\n"                                                                                                                      \
		"	movdqu %xmm5, 32+site_vectors(%rip)\n"                                                                                            \
		"	movdqu %xmm15, 48+site_vectors(%rip)\n"                                                                                           \
		"	pop %r15; pop %r14; pop %r13; pop %r12; pop %rbp; pop %rbx\n"                                                                     \
		"	ret\n")

SITE(site_before, "mov $110, %eax", "");
SITE(site_behind, "mov $110, %eax; nop", "mov %rax, %rax");
SITE(site_behind_long, "mov $110, %eax; nop", "movq $0x12345678, -40(%rsp)");

static const struct {
	const char *name;
	void (*call)(void);
	const char *ret;
} sites[] = {
	{"an instruction before", site_before, site_before_ret},
	{"one behind", site_behind, site_behind_ret},
	{"a long one behind", site_behind_long, site_behind_long_ret},
};

static const char *site_ret;
static void (*site_call)(void);

enum { CF = 1, PF = 4, AF = 0x10, ZF = 0x40, SF = 0x80, DF = 0x400, OF = 0x800, AC = 0x40000 };

static void fill(void)
{
	for (int i = 0; i < REGISTERS; i++)
		site_in[i] = 0x1111111111111111UL * (unsigned)(i + 1) + 7;
	for (unsigned i = 0; i < 16; i++)
		site_red_zone[0][i] = 0xfeed000000000000UL + i;
	for (unsigned i = 0; i < 4; i++)
		site_vectors[0][i] = 0xbeef000000000000UL + i;
}

static int wrong(void)
{
	int bad = 0;

	for (int i = 0; i < REGISTERS - 2; i++)
		bad += site_out[i] != site_in[i];
	bad += site_out[12] != (uint64_t)(uintptr_t)site_ret;
	bad += site_out[13] != site_flags_out;
	bad += (site_flags_out ^ site_flags_in) & (CF | PF | AF | ZF | SF | DF | OF | AC) ? 1 : 0;
	/* the last word has had the flags */
	bad += memcmp(site_red_zone[0], site_red_zone[1], 11 * sizeof(uint64_t)) ? 1 : 0;
	bad += memcmp(site_red_zone[0] + 12, site_red_zone[1] + 12, 3 * sizeof(uint64_t)) ? 1 : 0;
	bad += memcmp(site_vectors[0], site_vectors[1], 32) ? 1 : 0;
	return bad;
}

static void with(const char *what, uint64_t flags)
{
	int bad = 0;

	site_flags_in = 0x202 | flags;
	for (int i = 0; i < CALLS; i++) {
		site_call();
		bad += wrong();
	}
	printf("%s: %d\n", what, bad);
}

static void all_flags(void)
{
	static const uint64_t bits[] = {CF, PF, AF, ZF, SF, OF};
	int bad = 0;

	for (unsigned set = 0; set < 64; set++) {
		uint64_t flags = 0x202;

		for (unsigned i = 0; i < 6; i++)
			flags |= set >> i & 1 ? bits[i] : 0;
		site_flags_in = flags;
		site_call();
		bad += wrong();
	}
	say("all arithmetic flags", bad);
}

int main(void)
{
	fill();
	for (size_t i = 0; i < sizeof(sites) / sizeof(sites[0]); i++) {
		printf("%s:\n", sites[i].name);
		site_call = sites[i].call;
		site_ret = sites[i].ret;
		with("no flag", 0);
		all_flags();
		with("direction flag", DF);
		with("alignment check", AC);
		with("all", CF | PF | AF | ZF | SF | DF | OF | AC);
		with("no flag", 0);
	}
	return 0;
}
