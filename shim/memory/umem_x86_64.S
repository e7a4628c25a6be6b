/* SPDX-License-Identifier: MIT */
/*
 * The only instructions that touch guest memory. A fault between
 * fx_umem_begin and fx_umem_end resumes at fx_umem_fault, which returns
 * -EFAULT to the caller: so nothing here may push, or hold a register that
 * the C calling convention preserves. See umem.h for the contracts.
 */
#define EFAULT 14
#define ENAMETOOLONG 36

	.text

	.macro function name
	.globl \name
	.type \name, @function
\name:
	.endm

	.globl fx_umem_begin
fx_umem_begin:

function fx_umem_load32		/* (uaddr, *out) */
	movl	(%rdi), %eax
	movl	%eax, (%rsi)
	xorl	%eax, %eax
	ret

function fx_umem_load64		/* (uaddr, *out) */
	movq	(%rdi), %rax
	movq	%rax, (%rsi)
	xorl	%eax, %eax
	ret

function fx_umem_store32	/* (uaddr, value) */
	movl	%esi, (%rdi)
	xorl	%eax, %eax
	ret

function fx_umem_store64	/* (uaddr, value) */
	movq	%rsi, (%rdi)
	xorl	%eax, %eax
	ret

function fx_umem_cmpxchg32	/* (uaddr, expected, desired, *seen) */
	movl	%esi, %eax
	lock cmpxchgl %edx, (%rdi)
	movl	%eax, (%rcx)
	xorl	%eax, %eax
	ret

function fx_umem_copy_in	/* (to, from uaddr, length) */
	movq	%rdx, %rcx
	rep movsb
	xorl	%eax, %eax
	ret

function fx_umem_copy_out	/* (to uaddr, from, length) */
	movq	%rdx, %rcx
	rep movsb
	xorl	%eax, %eax
	ret

function fx_umem_string		/* (to, from uaddr, size) */
	xorl	%ecx, %ecx
1:	cmpq	%rdx, %rcx
	jae	2f
	movb	(%rsi,%rcx), %al
	movb	%al, (%rdi,%rcx)
	incq	%rcx
	testb	%al, %al
	jnz	1b
	leaq	-1(%rcx), %rax
	ret
2:	movq	$-ENAMETOOLONG, %rax
	ret

/* No memory of the guest's, but it faults where the guest has forbidden it (PR_SET_TSC). */
function fx_umem_tsc		/* (*out) */
	rdtsc
	shlq	$32, %rdx
	orq	%rdx, %rax
	movq	%rax, (%rdi)
	xorl	%eax, %eax
	ret

	.globl fx_umem_end
fx_umem_end:

	.globl fx_umem_fault
fx_umem_fault:
	movq	$-EFAULT, %rax
	ret

	.section .note.GNU-stack, "", @progbits
