/* SPDX-License-Identifier: MIT */
/*
 * The first instructions of a core of a PC. The first core comes to _start in 32-bit protected
 * mode, flat, with ebx at a struct hvm_start_info (Xen's PVH, which qemu boots an ELF file by);
 * the others in real mode to a copy of board_ap at BOARD_AP_PAGE, sent there by SIPI. All go on to
 * long_mode with their number in edi. The first 4 GiB are mapped one to one, in pages of 2 MiB,
 * the last of these uncached, for the local APIC is there.
 */
#define AP_PAGE		0x8000		/* BOARD_AP_PAGE */
#define STACK_LOG	14		/* BOARD_STACK */

#define MSR_EFER	0xc0000080
#define EFER_LME	0x100
#define CR0_PG_WP_PE	0x80010001
#define CR4_PAE		0x20

	.section .note.pvh, "a", @note
	.balign	4
	.long	4, 4, 18		/* XEN_ELFNOTE_PHYS32_ENTRY */
	.asciz	"Xen"
	.long	_start

	.section .text.boot, "ax"
	.code32
	.globl	_start
_start:
	cli
	cld
	movl	%ebx, board_start_info
	/* Tables of 512 entries of 8 bytes. */
	movl	$pages + 3, map_top
	xorl	%ecx, %ecx
1:	movl	%ecx, %eax		/* the directory of each GiB */
	shll	$12, %eax
	addl	$directories + 3, %eax
	movl	%eax, pages(, %ecx, 8)
	incl	%ecx
	cmpl	$4, %ecx
	jb	1b
	xorl	%ecx, %ecx
2:	movl	%ecx, %eax		/* each 2 MiB: present, writable, large */
	shll	$21, %eax
	orl	$0x83, %eax
	cmpl	$0x600, %ecx
	jb	3f
	orl	$0x18, %eax		/* uncached */
3:	movl	%eax, directories(, %ecx, 8)
	incl	%ecx
	cmpl	$0x800, %ecx
	jb	2b
	xorl	%edi, %edi

/* edi: the core's number. */
enter_long_mode:
	movl	$CR4_PAE, %eax
	movl	%eax, %cr4
	movl	$map_top, %eax
	movl	%eax, %cr3
	movl	$MSR_EFER, %ecx
	rdmsr
	orl	$EFER_LME, %eax
	wrmsr
	movl	$CR0_PG_WP_PE, %eax
	movl	%eax, %cr0
	lgdt	gdt_pointer
	ljmp	$0x08, $long_mode

	.code64
long_mode:
	movl	$0x10, %eax
	movl	%eax, %ds
	movl	%eax, %es
	movl	%eax, %ss
	leal	1(%rdi), %eax
	shll	$STACK_LOG, %eax
	leaq	stacks(%rax), %rsp
	lidt	board_idt_pointer(%rip)
	testl	%edi, %edi
	jnz	1f
	call	board_main
1:	call	board_core

/* Copied to AP_PAGE: real mode, cs is that page. */
	.code16
	.globl	board_ap, board_ap_end
board_ap:
	cli
	xorw	%ax, %ax
	movw	%ax, %ds
	lgdtl	AP_PAGE + (gdt_pointer - board_ap)
	movl	%cr0, %eax
	orl	$1, %eax
	movl	%eax, %cr0
	ljmpl	$0x18, $ap_protected
	.balign	4
gdt_pointer:
	.word	gdt_end - gdt - 1
	.long	gdt
board_ap_end:

	.code32
ap_protected:
	movl	$0x10, %eax
	movl	%eax, %ds
	movl	$1, %edi
	lock xaddl %edi, board_cores
	jmp	enter_long_mode

	.code64
	.text
/* Entry: the frame of an exception, perhaps with an error code on top, which is told as where. */
	.globl	board_exception_entry
board_exception_entry:
	movq	(%rsp), %rdi
	movq	8(%rsp), %rsi
	andq	$-16, %rsp
	call	board_exception

	.section .data
	.balign	8
gdt:
	.quad	0
	.quad	0x00af9a000000ffff	/* 0x08: 64-bit code */
	.quad	0x00cf92000000ffff	/* 0x10: data */
	.quad	0x00cf9a000000ffff	/* 0x18: 32-bit code */
gdt_end:
	.globl	board_cores, board_start_info
board_cores:
	.long	1			/* that have a number */
board_start_info:
	.long	0
	.balign	4096
map_top:
	.fill	512, 8, 0

	.section .bss
	.balign	4096
pages:
	.skip	4096
directories:
	.skip	4 * 4096
stacks:
	.skip	8 << STACK_LOG

	.section .note.GNU-stack, "", @progbits
