/* SPDX-License-Identifier: MIT */
/*
 * The first instructions of a core of -M virt, at EL1 with the MMU off: the first core comes to
 * _start, another to board_secondary with its number in x0 (PSCI CPU_ON's context). Memory is
 * mapped one to one, in two blocks of 1 GiB: devices, then RAM, cached and shared by all cores,
 * for exclusive accesses are defined on such memory only.
 */
	.section .text.boot, "ax"
	.globl	_start
_start:
	mov	x0, #0
	.globl	board_secondary
board_secondary:
	mov	x19, x0
	ldr	x1, =0xff00		/* MAIR: 0 is a device, 1 is cached memory */
	msr	mair_el1, x1
	ldr	x1, =0x280803519	/* TCR: 39 bits, walks cached and shared, 4 KiB, 40 bits out */
	msr	tcr_el1, x1
	adrp	x1, map
	add	x1, x1, :lo12:map
	msr	ttbr0_el1, x1
	adrp	x1, vectors
	add	x1, x1, :lo12:vectors
	msr	vbar_el1, x1
	dsb	sy
	tlbi	vmalle1
	dsb	sy
	isb
	mrs	x1, sctlr_el1
	mov	x2, #0x1005		/* M, C, I */
	orr	x1, x1, x2
	msr	sctlr_el1, x1
	isb
	adrp	x1, stacks
	add	x1, x1, :lo12:stacks
	add	x2, x19, #1
	add	x1, x1, x2, lsl #14	/* BOARD_STACK */
	mov	sp, x1
	mov	x0, x19
	cbz	x19, 1f
	bl	board_core
1:	bl	board_main

	.text
/* int64_t board_hvc(uint64_t function, uint64_t a, uint64_t b, uint64_t c) */
	.globl	board_hvc
board_hvc:
	hvc	#0
	ret

/* int64_t board_semihosting(uint64_t operation, void *block) */
	.globl	board_semihosting
board_semihosting:
	hlt	#0xf000
	ret

/* Whatever exception comes is a bug of the tests, or of what they test: x0 = where, x1 = why. */
	.balign	2048
vectors:
	.rept	16
	mrs	x0, elr_el1
	mrs	x1, esr_el1
	b	board_exception
	.balign	128
	.endr

	.section .data
	.balign	4096
map:
	.quad	0x0000000000000401	/* a block; accessed; MAIR's 0 */
	.quad	0x0000000040000705	/* likewise; inner shareable; MAIR's 1 */
	.fill	510, 8, 0

	.section .bss
	.balign	16
stacks:
	.skip	8 * 16384

	.section .note.GNU-stack, "", %progbits
