/* SPDX-License-Identifier: MIT */
/*
 * Where the host kernel enters the shim, by a signal, and the shim the guest, in the beginning.
 */
#include "shim/base/function_x86_64.inc"

/*
 * The signal handlers. Entered by the kernel: rdi signal, rsi siginfo, rdx
 * ucontext, rsp at the frame, 8 below a multiple of 16. On the shim's stack:
 *
 *	rsp + 8 + 304	siginfo
 *	rsp + 8		ucontext	(all guest registers, vector state behind)
 *	rsp		return address	(never used: the way out is below)
 *
 * The kernel clears the direction, trap and resume flags for a handler, but
 * leaves a guest's alignment check, with which our own accesses might fault.
 *
 * Having interrupted the guest (the C function says so) they leave by
 * fx_leave; having interrupted the shim they let it continue.
 */
	.macro clear_alignment_check
	pushfq
	btrl	$18, (%rsp)
	jnc	1f
	popfq
	jmp	2f
1:	addq	$8, %rsp
2:
	.endm

	.macro handler name, c_function
function \name
	clear_alignment_check
	subq	$8, %rsp
	caller_is_guest 16
	call	\c_function
	addq	$16, %rsp
	caller_is_guest 0
	testl	%eax, %eax
	jnz	fx_leave
	movl	$NR_rt_sigreturn, %eax
	syscall
	ud2
	end_function \name
	.endm

	handler fx_sigsys_entry, fx_trap
	handler fx_signal_entry, fx_interrupt_signal
	handler fx_fault_entry, fx_interrupt_fault

/* The kernel wants one; nothing returns to it. */
function fx_restorer
	movl	$NR_rt_sigreturn, %eax
	syscall
	ud2
	end_function fx_restorer

/*
 * _Noreturn void fx_enter_guest(uintptr_t entry, uintptr_t stack)
 * Starts a program as execve(2) does: registers zero, rsp at argc.
 */
function fx_enter_guest
	movq	%rsi, %rsp
	pushq	%rdi
	xorl	%eax, %eax
	xorl	%ebx, %ebx
	xorl	%ecx, %ecx
	xorl	%edx, %edx
	xorl	%esi, %esi
	xorl	%edi, %edi
	xorl	%ebp, %ebp
	xorl	%r8d, %r8d
	xorl	%r9d, %r9d
	xorl	%r10d, %r10d
	xorl	%r11d, %r11d
	xorl	%r12d, %r12d
	xorl	%r13d, %r13d
	xorl	%r14d, %r14d
	xorl	%r15d, %r15d
	/* start_thread() of Linux: none but the one that is always set, and interrupts. */
	pushq	$2
	popfq
	ret
	end_function fx_enter_guest

	.section .note.GNU-stack, "", @progbits
