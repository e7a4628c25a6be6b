/* SPDX-License-Identifier: MIT */
/*
 * Layout, from high to low addresses:
 *
 *	red zone (128 bytes), unless the stack is switched
 *	extended state, 64-byte aligned, as the kernel saved it
 *	siginfo
 *	ucontext
 *	return address: sa_restorer		<- rsp, 8 below a multiple of 16
 */
#include "shim/signals/sigframe.h"

#include <stddef.h>

#include <asm/errno.h>

#include "shim/base/kernel_signal.h"
#include "shim/base/mem.h"
#include "shim/memory/umem.h"
#include "shim/signals/pkru.h"
#include "shim/threads/thread.h"

#define RED_ZONE    128
#define SW_SIZE	    48
#define MXCSR	    24
#define MXCSR_MASK  28
#define REGISTERS   32 /* of x87, then of SSE */
#define HEADER_SIZE 64
#define MAGIC2_SIZE 4
#define X87_SSE	    3ULL

/* What a handler begins with, as arch/x86/kernel/fpu has it. */
#define INITIAL_MXCSR	    0x1f80
#define INITIAL_X87_CONTROL 0x37f

struct frame {
	uintptr_t restorer;
	struct ucontext uc;
	siginfo_t info;
};

_Static_assert(sizeof(struct ucontext) == 304, "as the kernel has it");
_Static_assert(offsetof(struct frame, info) == 312, "as the kernel has it");

static bool within_alt(const struct fx_thread *t, uintptr_t sp)
{
	return t->alt_size && sp > t->alt_sp && sp - t->alt_sp <= t->alt_size;
}

/* on_sig_stack() of Linux: one that disarms itself is never in use. */
bool fx_sigframe_on_alt(const struct fx_thread *t, uintptr_t sp)
{
	return !(t->alt_flags & (int)SS_AUTODISARM) && within_alt(t, sp);
}

/* Where state and frame will lie. Nothing is written before it is known that they fit. */
struct room {
	uintptr_t state;
	uintptr_t at;
};

/* get_sigframe() of Linux, to the byte: which stack is meant is asked below the red zone. */
static int find_room(const struct fx_thread *t, uintptr_t rsp, uint64_t flags, size_t size,
		     struct room *room)
{
	bool on_alt = fx_sigframe_on_alt(t, rsp);
	uintptr_t sp = rsp - RED_ZONE;

	if ((flags & SA_ONSTACK) && t->alt_size && !fx_sigframe_on_alt(t, sp)) {
		sp = t->alt_sp + t->alt_size;
		on_alt = true;
	}
	room->state = (sp - size) & ~63UL;
	room->at = ((room->state - sizeof(struct frame)) & ~15UL) - 8;
	return on_alt && !within_alt(t, room->at) ? -EFAULT : 0;
}

static int write_frame(const struct fx_thread *t, const struct ucontext *uc, const siginfo_t *info,
		       uintptr_t restorer, uint64_t mask, const struct room *room)
{
	const unsigned char *fpstate = (const unsigned char *)(uintptr_t)uc->uc_mcontext.fpstate;
	struct frame frame = {.restorer = restorer, .uc = *uc, .info = *info};

	if (fpstate && fx_umem_copy_out(room->state, fpstate, fx_state_size(fpstate)) < 0)
		return -EFAULT;
	frame.uc.uc_link = NULL;
	frame.uc.uc_stack.ss_sp = (void *)t->alt_sp;
	frame.uc.uc_stack.ss_size = t->alt_size;
	frame.uc.uc_stack.ss_flags = t->alt_flags;
	frame.uc.uc_mcontext.fpstate = (void *)(fpstate ? room->state : 0);
	memcpy(&frame.uc.uc_sigmask, &mask, sizeof(mask));
	frame.uc.uc_mcontext.oldmask = mask;
	frame.uc.uc_mcontext.err = t->fault.err;
	frame.uc.uc_mcontext.trapno = t->fault.trapno;
	frame.uc.uc_mcontext.cr2 = t->fault.cr2;
	return fx_umem_copy_out(room->at, &frame, sizeof(frame)) < 0 ? -EFAULT : 0;
}

/*
 * A handler begins with the processor's initial state: what the header does not name,
 * xrstor initialises, but for MXCSR, which it always loads, and the rights of protection
 * keys, whose initial state would be "all allowed".
 */
static void clear_state(unsigned char *own)
{
	static const uint32_t mxcsr = INITIAL_MXCSR;
	uint64_t header[HEADER_SIZE / 8] = {0};

	memcpy(own + MXCSR, &mxcsr, sizeof(mxcsr));
	if (fx_state_sw(own).magic1 != FP_XSTATE_MAGIC1) {
		static const uint16_t control = INITIAL_X87_CONTROL;

		/* Status and tags (none in use) in front of MXCSR, registers behind it. */
		memset(own, 0, MXCSR);
		memcpy(own, &control, sizeof(control));
		memset(own + REGISTERS, 0, FX_STATE_SW - REGISTERS);
		return;
	}
	memcpy(own + FX_STATE_LEGACY, header, sizeof(header));
	fx_pkru_begin(own);
}

int fx_sigframe_build(struct fx_thread *t, struct ucontext *uc, const siginfo_t *info,
		      const struct fx_action *action, uint64_t mask)
{
	struct sigcontext *sc = &uc->uc_mcontext;
	unsigned char *fpstate = (unsigned char *)(uintptr_t)sc->fpstate;
	struct room room;

	fx_pkru_take(uc);
	/* x86-64 has no trampoline of the kernel's to return by. */
	if (!(action->flags & SA_RESTORER) ||
	    find_room(t, sc->rsp, action->flags, fpstate ? fx_state_size(fpstate) : 0, &room) < 0 ||
	    write_frame(t, uc, info, action->restorer, mask, &room) < 0)
		return -EFAULT;

	if (t->alt_flags & (int)SS_AUTODISARM) {
		t->alt_sp = 0;
		t->alt_size = 0;
		t->alt_flags = SS_DISABLE;
	}
	sc->rdi = (unsigned)info->si_signo;
	sc->rsi = room.at + offsetof(struct frame, info);
	sc->rdx = room.at + offsetof(struct frame, uc);
	sc->rax = 0;
	sc->rsp = room.at;
	sc->rip = action->handler;
	/* Direction, resume and trap flags are clear in a handler. */
	sc->eflags &= ~(0x400UL | 0x10000UL | 0x100UL);
	if (fpstate)
		clear_state(fpstate);
	return 0;
}

/*
 * Loads the guest's extended state over ours. Our software bytes stay, so the
 * size and features that the kernel will believe are the ones it wrote; the
 * header and MXCSR are made valid, or the return to the guest would fault.
 */
static int restore_state(unsigned char *own, uintptr_t guest)
{
	struct _fpx_sw_bytes own_sw, sw;
	uint32_t mxcsr, mxcsr_mask;
	uint64_t header[HEADER_SIZE / 8];

	memcpy(&own_sw, own + FX_STATE_SW, SW_SIZE);
	if (!guest) {
		/* No state in the frame: the kernel starts afresh. */
		static const uint32_t initial_mxcsr = INITIAL_MXCSR;

		if (own_sw.magic1 != FP_XSTATE_MAGIC1)
			return 0;
		memset(own + FX_STATE_LEGACY, 0, HEADER_SIZE);
		memcpy(own + MXCSR, &initial_mxcsr, 4);
		fx_pkru_begin(own);
		return 0;
	}
	memcpy(&mxcsr_mask, own + MXCSR_MASK, 4);
	if (fx_umem_copy_in(&sw, guest + FX_STATE_SW, SW_SIZE) < 0 ||
	    fx_umem_copy_in(own, guest, FX_STATE_SW) < 0)
		return -EFAULT;
	memcpy(own + MXCSR_MASK, &mxcsr_mask, 4);
	memcpy(&mxcsr, own + MXCSR, 4);
	mxcsr &= mxcsr_mask ? mxcsr_mask : 0xffbf;
	memcpy(own + MXCSR, &mxcsr, 4);
	if (own_sw.magic1 != FP_XSTATE_MAGIC1)
		return 0;

	memset(header, 0, sizeof(header));
	if (sw.magic1 == FP_XSTATE_MAGIC1 && sw.xstate_size >= FX_STATE_LEGACY + HEADER_SIZE &&
	    sw.xstate_size <= own_sw.xstate_size) {
		if (fx_umem_copy_in(header, guest + FX_STATE_LEGACY, 8) < 0 ||
		    fx_umem_copy_in(own + FX_STATE_LEGACY + HEADER_SIZE,
				    guest + FX_STATE_LEGACY + HEADER_SIZE,
				    sw.xstate_size - FX_STATE_LEGACY - HEADER_SIZE) < 0)
			return -EFAULT;
		header[0] &= own_sw.xfeatures & sw.xfeatures;
	} else {
		header[0] = X87_SSE;
	}
	memcpy(own + FX_STATE_LEGACY, header, sizeof(header));
	return 0;
}

int fx_sigframe_restore(struct ucontext *uc, uint64_t *mask, stack_t *alt)
{
	struct sigcontext *sc = &uc->uc_mcontext;
	struct ucontext from;
	const struct sigcontext *g = &from.uc_mcontext;
	struct sigcontext keep = *sc;

	if (fx_umem_copy_in(&from, sc->rsp, sizeof(from)) < 0)
		return -EFAULT;
	*sc = *g;
	sc->cs = keep.cs;
	sc->gs = keep.gs;
	sc->fs = keep.fs;
	sc->ss = keep.ss;
	sc->fpstate = keep.fpstate;
	if (keep.fpstate &&
	    restore_state((unsigned char *)(uintptr_t)keep.fpstate, (uintptr_t)g->fpstate) < 0)
		return -EFAULT;
	memcpy(mask, &from.uc_sigmask, sizeof(*mask));
	*alt = from.uc_stack;
	return 0;
}
