/* SPDX-License-Identifier: MIT */
/*
 * The calls to the host kernel, and the first of the two instruction windows in which a
 * signal must not be lost (entry/interrupt.c draws the race; the other is in
 * signals/leave_x86_64.S).
 */
#include "shim/base/function_x86_64.inc"

/* C arguments (nr, a, b, c, d, e, f) to the kernel's registers. */
	.macro kernel_arguments
	movq	%rdi, %rax
	movq	%rsi, %rdi
	movq	%rdx, %rsi
	movq	%rcx, %rdx
	movq	%r8, %r10
	movq	%r9, %r8
	movq	8(%rsp), %r9
	.endm

/*
 * long fx_host_call(long nr, long a, long b, long c, long d, long e, long f)
 * A host call that a signal may interrupt but that none waits for.
 */
function fx_host_call
	kernel_arguments
	syscall
	ret
	end_function fx_host_call

/*
 * long fx_host_call_park(long nr, long a, long b, long c, long d, long e, long f)
 * The same for calls that may block: -FX_EBAIL, and no host call at all, when
 * a signal waits. The handler moves an instruction pointer inside the window
 * to the bail-out, so "none waits" and the syscall are one step.
 */
function fx_host_call_park
	kernel_arguments
	movq	%rsp, %r11
	andq	$-FX_BLOCK_SIZE, %r11
	.globl fx_park_window
fx_park_window:
	cmpl	$0, PENDING(%r11)
	jne	fx_park_bail
#ifdef FX_WIDE_WINDOWS
	movl	$2000, %r11d
1:	decl	%r11d
	jnz	1b
#endif
	syscall
	.globl fx_park_window_end
fx_park_window_end:
	ret
	.globl fx_park_bail
fx_park_bail:
	movq	$-FX_EBAIL, %rax
	ret
	.globl fx_park_interrupted
fx_park_interrupted:
	movq	$-EINTR, %rax
	ret
	end_function fx_host_call_park

	.section .note.GNU-stack, "", @progbits
