/* SPDX-License-Identifier: MIT */
/*
 * void fx_bare_switch(void **from, void *to)
 *
 * Entry: rdi, rsi; the lock of task.c is held, and stays so. Saves what a call has to preserve
 * (all is compiled without vector registers), leaves the stack in *from, and returns on the other:
 *
 *	rsp + 48  where it goes on
 *	rsp + 40  rbp
 *	rsp       r15, r14, r13, r12, rbx, from below
 */
	.text
	.globl	fx_bare_switch
	.type	fx_bare_switch, @function
fx_bare_switch:
	pushq	%rbp
	pushq	%rbx
	pushq	%r12
	pushq	%r13
	pushq	%r14
	pushq	%r15
	movq	%rsp, (%rdi)
	movq	%rsi, %rsp
	popq	%r15
	popq	%r14
	popq	%r13
	popq	%r12
	popq	%rbx
	popq	%rbp
	ret
	.size	fx_bare_switch, . - fx_bare_switch

/*
 * The interrupt of a kick or of the timer: it has ended a HLT, and that is all. Entry: the frame
 * of an interrupt on the core's own stack. Clobbers nothing.
 */
	.globl	fx_bare_interrupt
	.type	fx_bare_interrupt, @function
fx_bare_interrupt:
	pushq	%rax
	movl	$0xfee000b0, %eax	/* the end of an interrupt, for the local APIC */
	movl	$0, (%rax)
	popq	%rax
	iretq
	.size	fx_bare_interrupt, . - fx_bare_interrupt

	.section .note.GNU-stack, "", @progbits
