/* SPDX-License-Identifier: MIT */
/* The way from the shim back to the guest. */
#include "shim/base/function_x86_64.inc"

/*
 * The way out, rsp at the ucontext. Delivers what waits until nothing does,
 * then returns to the guest with the registers in the frame.
 */
function fx_leave
	caller_is_guest 0
	movq	%rsp, %r11
	andq	$-FX_BLOCK_SIZE, %r11
	.globl fx_leave_window
fx_leave_window:
	cmpl	$0, PENDING(%r11)
	jne	fx_leave_deliver
#ifdef FX_WIDE_WINDOWS
	movl	$2000, %eax
1:	decl	%eax
	jnz	1b
#endif
	movl	$NR_rt_sigreturn, %eax
	syscall
	.globl fx_leave_window_end
fx_leave_window_end:
	ud2
	.globl fx_leave_deliver
fx_leave_deliver:
	movq	%rsp, %rdi
	call	fx_signal_deliver_pending
	jmp	fx_leave
	end_function fx_leave

	.section .note.GNU-stack, "", @progbits
