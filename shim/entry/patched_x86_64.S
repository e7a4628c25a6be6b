/* SPDX-License-Identifier: MIT */
/*
 * Calls that come from a patched site without a trap. The trampoline
 * (patch_x86_64.c) has put rsp to the top of the shim's stack, where nothing
 * else is while the guest runs, and its site's record there.
 */
#include "shim/base/thread_layout.h"

#define FX_EBAIL 512
#define SYSCALL_LENGTH 2

/* The frame, as offsets from rsp. It begins with a struct fx_call. */
#define NR	0
#define RESULT	0	/* later */
#define RDI	8
#define RSI	16
#define RDX	24
#define R10	32
#define R8	40
#define R9	48
#define RET	56	/* the address behind the `syscall` */
#define RBX	80	/* these two for who unwinds the guest's stack: threads/guest_registers.h */
#define RBP	88
#define EFLAGS	96	/* without what cmp has changed, which lies in: */
#define LAHF	104	/* al: the overflow flag, ah: the others */
#define RSP	112
#define RECORD	120
#define FRAME	FX_PATCHED_FRAME

/* In struct fx_site_record. */
#define RECORD_BACK  8
#define RECORD_AGAIN 16

/* AC would let our own accesses fault, DF turn our copies round; TF and NT are not for here. */
#define UNUSUAL_FLAGS 0x44500
#define ARITHMETIC    0x8d5

	.text
	.cfi_sections .debug_frame

	/* Flags, rsp and what `syscall` keeps, as the guest had them; not rax and rcx. */
	.macro restore_guest result, at
	movq	RDI(%rsp), %rdi
	movq	RSI(%rsp), %rsi
	movq	RDX(%rsp), %rdx
	movq	R10(%rsp), %r10
	movq	R8(%rsp), %r8
	movq	R9(%rsp), %r9
	movl	LAHF(%rsp), %eax
	/* r11 has the flags, as after `syscall`. */
	movl	EFLAGS(%rsp), %r11d
	andl	$~ARITHMETIC, %r11d
	movzbl	%ah, %ecx
	orl	%ecx, %r11d
	movzbl	%al, %ecx
	shll	$11, %ecx
	orl	%ecx, %r11d
	/* Where to. */
	.ifb \at
	movq	RET(%rsp), %rcx
	.else
	movq	RECORD(%rsp), %rcx
	movq	\at(%rcx), %rcx
	.endif
	addb	$0x7f, %al
	sahf
	movq	\result(%rsp), %rax
	.endm

	/* For debuggers: the caller is the guest. DWARF: r7 is rsp, r16 rip. */
	.macro caller_is_guest depth
	.cfi_signal_frame
	.cfi_escape 0x0f, 4, 0x77, ((RSP + \depth) & 0x7f) | 0x80, (RSP + \depth) >> 7, 0x06
	.cfi_escape 0x10, 16, 3, 0x77, ((RET + \depth) & 0x7f) | 0x80, (RET + \depth) >> 7
	.cfi_escape 0x10, 7, 3, 0x77, ((RSP + \depth) & 0x7f) | 0x80, (RSP + \depth) >> 7
	.cfi_escape 0x10, 5, 3, 0x77, ((RDI + \depth) & 0x7f) | 0x80, (RDI + \depth) >> 7
	.cfi_escape 0x10, 4, 3, 0x77, ((RSI + \depth) & 0x7f) | 0x80, (RSI + \depth) >> 7
	.cfi_escape 0x10, 1, 3, 0x77, ((RDX + \depth) & 0x7f) | 0x80, (RDX + \depth) >> 7
	.endm

	.globl fx_patched_entry
	.type fx_patched_entry, @function
	.balign 64
fx_patched_entry:
	.cfi_startproc
	.cfi_undefined 16
	pushq	%rcx
	movq	8(%rsp), %rcx
	pushq	%rax
	pushfq
	pushq	%rbp
	pushq	%rbx
	pushq	$0			/* restart, no_result */
	pushq	$0			/* uc: there is none */
	pushq	(%rcx)			/* site: the record's ret */
	pushq	%r9
	pushq	%r8
	pushq	%r10
	pushq	%rdx
	pushq	%rsi
	pushq	%rdi
	pushq	%r11			/* nr */
	caller_is_guest 0
	testl	$UNUSUAL_FLAGS, EFLAGS(%rsp)
	jnz	fx_patched_trap
	movq	%rsp, %rdi
	call	fx_patched
	cmpq	$-FX_EBAIL, %rax
	je	fx_patched_anew
	movq	%rax, RESULT(%rsp)

	/*
	 * The way out. A signal that is recorded after the check would wait for
	 * the guest's next call: the handler moves an instruction pointer inside the
	 * window to the slow way.
	 */
	.globl fx_patched_window
fx_patched_window:
	cmpl	$0, FRAME + FX_THREAD_PENDING(%rsp)
	jne	fx_patched_slow
#ifdef FX_WIDE_WINDOWS
	movl	$2000, %eax
1:	decl	%eax
	jnz	1b
#endif
	restore_guest RESULT, RECORD_BACK
	movq	RSP(%rsp), %rsp
	.globl fx_patched_window_end
fx_patched_window_end:

	/* In the tails the guest's state is complete, but for rip, which is in rcx. */
	.globl fx_patched_tail
fx_patched_tail:
	jmp	*%rcx

	/*
	 * A signal waits: with the guest's registers in place a breakpoint makes the
	 * host write the frame that delivery needs.
	 */
	.globl fx_patched_slow
fx_patched_slow:
	restore_guest RESULT
	movq	RSP(%rsp), %rsp
	.globl fx_patched_slow_tail
fx_patched_slow_tail:
	int3
	.globl fx_patched_resume
fx_patched_resume:
	/* Only if a debugger has swallowed it. */
	jmp	*%rcx
	.globl fx_patched_slow_end
fx_patched_slow_end:

	/* A signal that waits is delivered first: the call is to find what its handler did. */
fx_patched_anew:
	cmpl	$0, FRAME + FX_THREAD_PENDING(%rsp)
	je	fx_patched_trap
	subq	$SYSCALL_LENGTH, RET(%rsp)
	jmp	fx_patched_slow

	/*
	 * Not here: a `syscall` of the guest's, with everything as it was. TF would stop
	 * us right here; who steps does not come this far.
	 */
fx_patched_trap:
	restore_guest NR, RECORD_AGAIN
	pushq	%r11
	andl	$~0x100, (%rsp)
	popfq
	movq	RSP(%rsp), %rsp
	.globl fx_patched_trap_tail
fx_patched_trap_tail:
	jmp	*%rcx
	.globl fx_patched_trap_end
fx_patched_trap_end:
	.cfi_endproc
	.size fx_patched_entry, . - fx_patched_entry

	.section .note.GNU-stack, "", @progbits
