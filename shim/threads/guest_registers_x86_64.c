/* SPDX-License-Identifier: MIT */
#include "shim/threads/guest_registers.h"

#include <stddef.h>

#include "shim/base/call.h"
#include "shim/base/kernel_signal.h"
#include "shim/base/mem.h"
#include "shim/threads/thread.h"

#define NO_CALL		 UINT64_MAX
#define USER_CODE	 0x33
#define USER_DATA	 0x2b
#define EFLAGS_OF_GUESTS 0x202

/* What patched_x86_64.S has pushed. */
struct patched_frame {
	struct fx_call call;
	uint64_t rbx, rbp, eflags, lahf, rsp, record;
};

_Static_assert(offsetof(struct patched_frame, rbx) == 80 &&
		       offsetof(struct patched_frame, rsp) == 112 &&
		       sizeof(struct patched_frame) == FX_PATCHED_FRAME,
	       "patched_x86_64.S");

/* A call from a patched site lies at the top of the stack; who sleeps for a futex is in one. */
const struct fx_call *fx_guest_call(const struct fx_thread *t)
{
	const struct fx_call *c = __atomic_load_n(&t->call, __ATOMIC_ACQUIRE);

	if (c || !__atomic_load_n(&t->parked, __ATOMIC_ACQUIRE))
		return c;
	return fx_patched_call(t);
}

void fx_guest_registers_of_frame(const struct ucontext *uc, struct fx_guest_registers *out)
{
	const struct sigcontext *sc = &uc->uc_mcontext;

	memset(out, 0, sizeof(*out));
	out->r15 = sc->r15;
	out->r14 = sc->r14;
	out->r13 = sc->r13;
	out->r12 = sc->r12;
	out->rbp = sc->rbp;
	out->rbx = sc->rbx;
	out->r11 = sc->r11;
	out->r10 = sc->r10;
	out->r9 = sc->r9;
	out->r8 = sc->r8;
	out->rax = sc->rax;
	out->rcx = sc->rcx;
	out->rdx = sc->rdx;
	out->rsi = sc->rsi;
	out->rdi = sc->rdi;
	out->orig_rax = NO_CALL;
	out->rip = sc->rip;
	out->cs = sc->cs;
	out->eflags = sc->eflags;
	out->rsp = sc->rsp;
	out->ss = sc->ss;
}

void fx_guest_registers_of_point(const uint64_t regs[16], uintptr_t ip,
				 struct fx_guest_registers *out)
{
	memset(out, 0, sizeof(*out));
	out->rax = regs[0];
	out->rcx = regs[1];
	out->rdx = regs[2];
	out->rbx = regs[3];
	out->rsp = regs[4];
	out->rbp = regs[5];
	out->rsi = regs[6];
	out->rdi = regs[7];
	out->r8 = regs[8];
	out->r9 = regs[9];
	out->r10 = regs[10];
	out->r11 = regs[11];
	out->r12 = regs[12];
	out->r13 = regs[13];
	out->r14 = regs[14];
	out->r15 = regs[15];
	out->orig_rax = NO_CALL;
	out->rip = ip;
}

static void of_patched_call(const struct fx_call *c, struct fx_guest_registers *out)
{
	const struct patched_frame *frame = (const struct patched_frame *)c;

	memset(out, 0, sizeof(*out));
	out->rbx = frame->rbx;
	out->rbp = frame->rbp;
	out->rsp = frame->rsp;
	out->rip = c->site;
	out->rdi = c->arg[0];
	out->rsi = c->arg[1];
	out->rdx = c->arg[2];
	out->r10 = c->arg[3];
	out->r8 = c->arg[4];
	out->r9 = c->arg[5];
	/* As `syscall` leaves them. */
	out->rcx = c->site;
	out->r11 = out->eflags = EFLAGS_OF_GUESTS;
	out->cs = USER_CODE;
	out->ss = USER_DATA;
}

void fx_guest_registers_of_call(const struct fx_call *c, struct fx_guest_registers *out)
{
	if (c->uc)
		fx_guest_registers_of_frame(c->uc, out);
	else
		of_patched_call(c, out);
	out->orig_rax = (uint64_t)c->nr;
}
