/* SPDX-License-Identifier: MIT */
/*
 * A point between two instructions of the guest (patch/point.h). The slot has kept rsp in the
 * thread's block, put it to the top of the shim's stack, and its record there. Everything comes back
 * as it was: to the guest nothing has happened but time.
 */
#include "shim/base/thread_layout.h"

/* The frame, as offsets from rsp: struct fx_point_frame. */
#define R15	0
#define R14	8
#define R13	16
#define R12	24
#define R11	32
#define R10	40
#define R9	48
#define R8	56
#define RDI	64
#define RSI	72
#define RBP	80
#define RBX	88
#define RDX	96
#define RCX	104
#define RAX	112
#define EFLAGS	120
#define RECORD	128
#define FRAME	136

	.text
	.cfi_sections .debug_frame

	.macro restore_guest
	pushq	EFLAGS(%rsp)
	popfq
	movq	R15(%rsp), %r15
	movq	R14(%rsp), %r14
	movq	R13(%rsp), %r13
	movq	R12(%rsp), %r12
	movq	R11(%rsp), %r11
	movq	R10(%rsp), %r10
	movq	R9(%rsp), %r9
	movq	R8(%rsp), %r8
	movq	RDI(%rsp), %rdi
	movq	RSI(%rsp), %rsi
	movq	RBP(%rsp), %rbp
	movq	RBX(%rsp), %rbx
	movq	RDX(%rsp), %rdx
	movq	RCX(%rsp), %rcx
	movq	RAX(%rsp), %rax
	movq	%gs:FX_THREAD_POINT_RSP, %rsp
	.endm

	.globl fx_point_entry
	.type fx_point_entry, @function
	.balign 64
fx_point_entry:
	.cfi_startproc
	.cfi_undefined 16
	pushfq
	pushq	%rax
	pushq	%rcx
	pushq	%rdx
	pushq	%rbx
	pushq	%rbp
	pushq	%rsi
	pushq	%rdi
	pushq	%r8
	pushq	%r9
	pushq	%r10
	pushq	%r11
	pushq	%r12
	pushq	%r13
	pushq	%r14
	pushq	%r15
	/* No AC, which would let our own accesses fault, no DF, no TF. */
	pushq	$0x2
	popfq
	movq	%rsp, %rdi
	subq	$8, %rsp
	call	fx_point
	addq	$8, %rsp

	/* As in patched_x86_64.S: a signal that is recorded in the window goes the slow way. */
	.globl fx_point_window
fx_point_window:
	cmpl	$0, FRAME + FX_THREAD_PENDING(%rsp)
	jne	fx_point_slow
	restore_guest
	.globl fx_point_window_end
fx_point_window_end:

	/* In the tails the guest's state is complete, but for rip. */
	.globl fx_point_tail
fx_point_tail:
	jmp	*%gs:FX_THREAD_POINT_BACK

	/* Somewhere in the window, or before it: what is restored comes from memory. */
	.globl fx_point_slow
fx_point_slow:
	movq	%gs:0, %rsp
	leaq	-FRAME(%rsp), %rsp
	restore_guest
	.globl fx_point_slow_tail
fx_point_slow_tail:
	int3
	.globl fx_point_resume
fx_point_resume:
	/* Only if a debugger has swallowed it. */
	jmp	*%gs:FX_THREAD_POINT_BACK
	.globl fx_point_end
fx_point_end:
	.cfi_endproc
	.size fx_point_entry, . - fx_point_entry

	.section .note.GNU-stack, "", @progbits
