/* SPDX-License-Identifier: MIT */
/* The guest's registers, as who looks at a thread from outside wants them. */
#ifndef SHIM_THREADS_GUEST_REGISTERS_H
#define SHIM_THREADS_GUEST_REGISTERS_H

#include <stdint.h>

struct fx_call;
struct fx_thread;
struct ucontext;

/* In the order of struct user_regs_struct, which ptrace and core files have. */
struct fx_guest_registers {
	uint64_t r15, r14, r13, r12, rbp, rbx, r11, r10, r9, r8, rax, rcx, rdx, rsi, rdi, orig_rax,
		rip, cs, eflags, rsp, ss, fs_base, gs_base, ds, es, fs, gs;
};

/* Of a thread that a signal has interrupted in the guest's code. */
void fx_guest_registers_of_frame(const struct ucontext *uc, struct fx_guest_registers *out);

/* Of a thread at a point: as instructions number them, without flags and segments. */
void fx_guest_registers_of_point(const uint64_t regs[16], uintptr_t ip,
				 struct fx_guest_registers *out);

/*
 * The call that a thread is in, or NULL if that is not known: it runs guest code or is elsewhere in
 * the shim. Of a thread that stands still.
 */
const struct fx_call *fx_guest_call(const struct fx_thread *t);

/*
 * Of a thread that is in this call, behind the `syscall`. From a patched site
 * those that the shim's own code keeps for its caller, r12 to r15, are not known and 0.
 */
void fx_guest_registers_of_call(const struct fx_call *c, struct fx_guest_registers *out);

#endif
