/* SPDX-License-Identifier: MIT */
/*
 * void fx_bare_switch(void **from, void *to)
 *
 * Entry: x0, x1; the lock of task.c is held, and stays so. Saves what a call has to preserve (all
 * is compiled without vector registers), leaves the stack in *from, and returns on the other:
 *
 *	sp + 88  x30, where it goes on
 *	sp + 80  x29
 *	sp       x19 to x28
 */
	.text
	.globl	fx_bare_switch
	.type	fx_bare_switch, %function
fx_bare_switch:
	stp	x19, x20, [sp, #-96]!
	stp	x21, x22, [sp, #16]
	stp	x23, x24, [sp, #32]
	stp	x25, x26, [sp, #48]
	stp	x27, x28, [sp, #64]
	stp	x29, x30, [sp, #80]
	mov	x2, sp
	str	x2, [x0]
	mov	sp, x1
	ldp	x21, x22, [sp, #16]
	ldp	x23, x24, [sp, #32]
	ldp	x25, x26, [sp, #48]
	ldp	x27, x28, [sp, #64]
	ldp	x29, x30, [sp, #80]
	ldp	x19, x20, [sp], #96
	ret
	.size	fx_bare_switch, . - fx_bare_switch

	.section .note.GNU-stack, "", %progbits
