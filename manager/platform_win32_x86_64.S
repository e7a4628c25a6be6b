/* SPDX-License-Identifier: MIT */
/*
 * The accesses of fx_memory_win32. Each is one instruction between labels 1 and 2; the scope table
 * behind it says that any exception there (1: no filter is asked) goes on at label 3, which
 * returns -EFAULT. Nothing is pushed, so the frame that the unwinder comes back to is the caller's.
 *
 * Entry: rcx uaddr, then rdx, r8, r9. Exit: eax 0 or -EFAULT; the out-parameter is written behind
 * label 2, so it is untouched after a fault, and a fault of its own is not caught.
 */
#define EFAULT 14

	.text

.macro begin name
	.globl	\name
	.def	\name; .scl 2; .type 32; .endef
	.seh_proc \name
\name:
	.seh_endprologue
.endm

.macro end
3:	movl	$-EFAULT, %eax
	ret
	.seh_handler __C_specific_handler, @except
	.seh_handlerdata
	.long	1
	.rva	1b, 2b
	.long	1
	.rva	3b
	.text
	.seh_endproc
.endm

/* int fx_win32_load32(uintptr_t uaddr, uint32_t *out) */
	begin	fx_win32_load32
1:	movl	(%rcx), %eax
2:	movl	%eax, (%rdx)
	xorl	%eax, %eax
	ret
	end

/* int fx_win32_load64(uintptr_t uaddr, uint64_t *out) */
	begin	fx_win32_load64
1:	movq	(%rcx), %rax
2:	movq	%rax, (%rdx)
	xorl	%eax, %eax
	ret
	end

/* int fx_win32_cmpxchg32(uintptr_t uaddr, uint32_t expected, uint32_t desired, uint32_t *seen) */
	begin	fx_win32_cmpxchg32
	movl	%edx, %eax
1:	lock cmpxchgl %r8d, (%rcx)
2:	movl	%eax, (%r9)
	xorl	%eax, %eax
	ret
	end
