/* SPDX-License-Identifier: MIT */
/*
 * Where the shim meets the host kernel: every `syscall` instruction of life 2
 * is in this file, and so are the two instruction windows in which a signal
 * must not be lost (signal.c draws the race).
 *
 * A thread's block is found by masking the stack pointer; its word `pending`
 * is not 0 while a signal waits to be delivered.
 */
#include "shim/base/thread_layout.h"

#define PENDING (FX_THREAD + FX_THREAD_PENDING)
#define FX_EBAIL 512
#define EINTR 4
#define NR_rt_sigreturn 15
#define NR_clone 56

	.text
	.cfi_sections .debug_frame

	.macro function name
	.globl \name
	.type \name, @function
	.balign 16
\name:
	.cfi_startproc
	.endm

	.macro end_function name
	.cfi_endproc
	.size \name, . - \name
	.endm

/*
 * For debuggers: the caller is the guest, whose registers are in the ucontext
 * at rsp + \at. With them a backtrace goes on from the shim into the guest.
 * 0x77 is the stack pointer plus what follows, here in two bytes of LEB128.
 */
	.macro saved_at register, offset
	.cfi_escape 0x10, \register, 3, 0x77, ((\offset) & 0x7f) | 0x80, (\offset) >> 7
	.endm

	.macro caller_is_guest at
	.cfi_signal_frame
	.cfi_escape 0x0f, 4, 0x77, ((\at + 160) & 0x7f) | 0x80, (\at + 160) >> 7, 0x06
	saved_at 8, \at + 40	/* r8 to r15 */
	saved_at 9, \at + 48
	saved_at 10, \at + 56
	saved_at 11, \at + 64
	saved_at 12, \at + 72
	saved_at 13, \at + 80
	saved_at 14, \at + 88
	saved_at 15, \at + 96
	saved_at 5, \at + 104	/* rdi */
	saved_at 4, \at + 112	/* rsi */
	saved_at 6, \at + 120	/* rbp */
	saved_at 3, \at + 128	/* rbx */
	saved_at 1, \at + 136	/* rdx */
	saved_at 0, \at + 144	/* rax */
	saved_at 2, \at + 152	/* rcx */
	saved_at 7, \at + 160	/* rsp */
	saved_at 16, \at + 168	/* rip */
	.endm

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
	handler fx_signal_entry, fx_on_signal
	handler fx_fault_entry, fx_on_fault

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
	call	fx_deliver_pending
	jmp	fx_leave
	end_function fx_leave

/* The kernel wants one; nothing returns to it. */
function fx_restorer
	movl	$NR_rt_sigreturn, %eax
	syscall
	ud2
	end_function fx_restorer

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
	cld
	ret
	end_function fx_enter_guest

	.section .note.GNU-stack, "", @progbits
