/* SPDX-License-Identifier: MIT */
/*
 * The first instructions of fxbox, before the C library's: where its heap will begin, which goes
 * when the guest comes (launch.c). Later only a whole file of /proc tells it, at the cost of a
 * hundred such calls.
 *
 * Entry: as the kernel leaves a new program. Exit: to _start, with rsp and rdx, which that wants, as
 * they were; rax, rcx, rdi and r11 are lost.
 */
#include <sys/syscall.h>

	.text
	.globl fx_first
	.type fx_first, @function
fx_first:
	mov	$SYS_brk, %eax
	xor	%edi, %edi
	syscall
	mov	%rax, fx_first_break(%rip)
	jmp	_start
	.size fx_first, . - fx_first

	.bss
	.globl fx_first_break
	.type fx_first_break, @object
	.size fx_first_break, 8
	.balign 8
fx_first_break:
	.zero 8

	.section .note.GNU-stack, "", @progbits
