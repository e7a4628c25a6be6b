/* SPDX-License-Identifier: MIT */
/* The half of sys_process.c that begins on another stack than it ends on. */
#include "shim/base/function_x86_64.inc"

/*
 * long fx_host_clone(unsigned long flags, uintptr_t child_uc, uintptr_t ptid,
 *		      uintptr_t ctid, uintptr_t tls, struct fx_thread *child)
 * clone(2) for a child that shares memory. The parent returns the result; the
 * child starts with its stack pointer at a ucontext in its own block, runs
 * fx_child_start(child) and leaves to the guest through that ucontext.
 */
function fx_host_clone
	movl	$NR_clone, %eax
	movq	%rcx, %r10
	syscall
	testq	%rax, %rax
	jz	1f
	ret
1:	xorl	%ebp, %ebp
	movq	%r9, %rdi
	call	fx_child_start
	jmp	fx_leave
	end_function fx_host_clone

	.section .note.GNU-stack, "", @progbits
