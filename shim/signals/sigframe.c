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

#include <stdbool.h>
#include <stddef.h>

#include <asm/errno.h>

#include "shim/base/kernel_signal.h"
#include "shim/base/mem.h"
#include "shim/memory/umem.h"
#include "shim/threads/thread.h"

#define RED_ZONE    128
#define LEGACY_SIZE 512 /* fxsave area */
#define SW_OFFSET   464 /* its software-reserved bytes: struct _fpx_sw_bytes */
#define SW_SIZE	    48
#define MXCSR	    24
#define MXCSR_MASK  28
#define HEADER_SIZE 64
#define MAGIC2_SIZE 4
#define X87_SSE	    3ULL

struct frame {
	uintptr_t restorer;
	struct ucontext uc;
	siginfo_t info;
};

_Static_assert(sizeof(struct ucontext) == 304, "as the kernel has it");
_Static_assert(offsetof(struct frame, info) == 312, "as the kernel has it");

int fx_sigframe_on_alt(const struct fx_thread *t, uintptr_t sp)
{
	return t->alt_size && sp > t->alt_sp && sp - t->alt_sp <= t->alt_size;
}

/* How many bytes the extended state behind fpstate takes, magic2 included. */
static size_t state_size(const unsigned char *fpstate)
{
	struct _fpx_sw_bytes sw;

	memcpy(&sw, fpstate + SW_OFFSET, SW_SIZE);
	return sw.magic1 == FP_XSTATE_MAGIC1 ? sw.extended_size : LEGACY_SIZE;
}

int fx_sigframe_build(struct fx_thread *t, struct ucontext *uc, const siginfo_t *info,
		      const struct fx_action *action, uint64_t mask)
{
	struct sigcontext *sc = &uc->uc_mcontext;
	const unsigned char *fpstate = (const unsigned char *)(uintptr_t)sc->fpstate;
	uintptr_t sp = sc->rsp - RED_ZONE;
	bool on_alt = fx_sigframe_on_alt(t, sc->rsp);
	uintptr_t at, state = 0;
	struct frame frame;

	if ((action->flags & SA_ONSTACK) && t->alt_size && !on_alt)
		sp = t->alt_sp + t->alt_size;
	if (fpstate) {
		size_t size = state_size(fpstate);

		state = (sp - size) & ~63UL;
		sp = state;
		if (fx_umem_copy_out(state, fpstate, size) < 0)
			return -EFAULT;
	}
	at = ((sp - sizeof(frame)) & ~15UL) - 8;
	if (on_alt && !fx_sigframe_on_alt(t, at))
		return -EFAULT;

	frame.restorer = action->restorer;
	frame.uc = *uc;
	frame.uc.uc_link = NULL;
	frame.uc.uc_stack.ss_sp = (void *)t->alt_sp;
	frame.uc.uc_stack.ss_size = t->alt_size;
	frame.uc.uc_stack.ss_flags = t->alt_flags | (!t->alt_size ? SS_DISABLE : 0);
	frame.uc.uc_mcontext.fpstate = (void *)state;
	memcpy(&frame.uc.uc_sigmask, &mask, sizeof(mask));
	frame.uc.uc_mcontext.oldmask = mask;
	frame.info = *info;
	if (fx_umem_copy_out(at, &frame, sizeof(frame)) < 0)
		return -EFAULT;

	if (t->alt_flags & (int)SS_AUTODISARM) {
		t->alt_sp = 0;
		t->alt_size = 0;
		t->alt_flags = 0;
	}
	sc->rdi = (unsigned)info->si_signo;
	sc->rsi = at + offsetof(struct frame, info);
	sc->rdx = at + offsetof(struct frame, uc);
	sc->rax = 0;
	sc->rsp = at;
	sc->rip = action->handler;
	/* Direction, resume and trap flags are clear in a handler. */
	sc->eflags &= ~(0x400UL | 0x10000UL | 0x100UL);
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

	memcpy(&own_sw, own + SW_OFFSET, SW_SIZE);
	if (!guest) {
		/* No state in the frame: the kernel starts afresh. */
		static const uint32_t initial_mxcsr = 0x1f80;

		if (own_sw.magic1 != FP_XSTATE_MAGIC1)
			return 0;
		memset(own + LEGACY_SIZE, 0, HEADER_SIZE);
		memcpy(own + MXCSR, &initial_mxcsr, 4);
		return 0;
	}
	memcpy(&mxcsr_mask, own + MXCSR_MASK, 4);
	if (fx_umem_copy_in(&sw, guest + SW_OFFSET, SW_SIZE) < 0 ||
	    fx_umem_copy_in(own, guest, SW_OFFSET) < 0)
		return -EFAULT;
	memcpy(own + MXCSR_MASK, &mxcsr_mask, 4);
	memcpy(&mxcsr, own + MXCSR, 4);
	mxcsr &= mxcsr_mask ? mxcsr_mask : 0xffbf;
	memcpy(own + MXCSR, &mxcsr, 4);
	if (own_sw.magic1 != FP_XSTATE_MAGIC1)
		return 0;

	memset(header, 0, sizeof(header));
	if (sw.magic1 == FP_XSTATE_MAGIC1 && sw.xstate_size >= LEGACY_SIZE + HEADER_SIZE &&
	    sw.xstate_size <= own_sw.xstate_size) {
		if (fx_umem_copy_in(header, guest + LEGACY_SIZE, 8) < 0 ||
		    fx_umem_copy_in(own + LEGACY_SIZE + HEADER_SIZE,
				    guest + LEGACY_SIZE + HEADER_SIZE,
				    sw.xstate_size - LEGACY_SIZE - HEADER_SIZE) < 0)
			return -EFAULT;
		header[0] &= own_sw.xfeatures & sw.xfeatures;
	} else {
		header[0] = X87_SSE;
	}
	memcpy(own + LEGACY_SIZE, header, sizeof(header));
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
