/* SPDX-License-Identifier: MIT */
/*
 * A system call of the guest, from trap to answer. Runs as the SIGSYS handler
 * on the thread's shim stack; the answer goes into the saved registers, so
 * the host's rt_sigreturn restores everything else, vector state included.
 *
 * Signal safety contract: see interrupt.c. SIGSYS itself is blocked in here (no
 * SA_NODEFER), and nothing in here traps.
 */
#include "shim/entry/trap.h"

#include <asm/socket.h>

#include "shim/audit/audit.h"
#include "shim/audit/calls.h"
#include "shim/audit/denied.h"
#include "shim/audit/trace.h"
#include "shim/base/config.h"
#include "shim/base/host.h"
#include "shim/base/sigset.h"
#include "shim/base/text.h"
#include "shim/entry/dispatch.h"
#include "shim/entry/interrupt.h"
#include "shim/patch/patch.h"
#include "shim/signals/signal.h"
#include "shim/threads/thread.h"

#define AUDIT_ARCH_X86_64 0xc000003e
#define SYS_SECCOMP_CODE  1
#define X32_BIT		  0x40000000L
#define VSYSCALL_PAGE	  0xffffffffff600000UL

/* 32-bit entry and x32 numbers: their numbers mean other calls. */
static long foreign_entry(struct fx_thread *t, struct fx_call *c, const char *what)
{
	char text[64];
	struct fx_text x;
	const struct fx_unsupported u = {
		.sub = 1ULL << 32 | (unsigned)c->nr, .what = text, .result = -ENOSYS};

	fx_text_init(&x, text, sizeof(text));
	fx_text_put(&x, what);
	fx_text_dec(&x, c->nr & ~X32_BIT);
	fx_audit_unsupported(t, c, &u);
	return -ENOSYS;
}

/* Its three calls do not wait; and with rip at the caller none can be begun anew. */
static bool from_vsyscall(const siginfo_t *info)
{
	return ((uintptr_t)info->si_call_addr & ~0xfffUL) == VSYSCALL_PAGE;
}

/* info is NULL for a call from a patched site, which is a `syscall` of the program's own. */
static long dispatch(struct fx_thread *t, struct fx_call *c, const siginfo_t *info)
{
	const struct fx_dispatch *row;
	long r;

	if (info && info->si_arch != AUDIT_ARCH_X86_64)
		return foreign_entry(t, c, "int 0x80 (32-bit) system call ");
	if (c->nr >= 0 && (c->nr & X32_BIT))
		return foreign_entry(t, c, "x32 system call ");
	if (info && from_vsyscall(info))
		return fx_host(c->nr, c->arg[0], c->arg[1], c->arg[2]);
	row = fx_dispatch_get(c->nr);
	if (!row)
		return fx_sys_unsupported(t, c);
	c->restart = row->restart;
	if (__builtin_expect(fx_config.gather, 0))
		fx_gather_before(t, c);
	if (!fx_config.log)
		return row->handler(t, c);
	fx_calls_count(c);
	r = row->handler(t, c);
	if (r == -FX_EBAIL)
		fx_calls_uncount(c);
	return r;
}

static long traced(struct fx_thread *t, struct fx_call *c, const siginfo_t *info)
{
	struct fx_trace_line line;
	long r;

	fx_trace_begin(&line, c);
	if (fx_trace_may_not_return(c))
		fx_trace_no_return(&line, c);
	r = dispatch(t, c, info);
	fx_trace_end(&line, c, r);
	return r;
}

/* Sockets: with a timeout an interrupted call is not begun anew, it would start over. */
static uint8_t restart_class(const struct fx_call *c)
{
	struct {
		int64_t sec, usec;
	} timeout = {0, 0};
	uint32_t size = sizeof(timeout);
	int option = c->restart == FX_RESTART_RECV ? SO_RCVTIMEO_NEW : SO_SNDTIMEO_NEW;

	if (c->restart != FX_RESTART_RECV && c->restart != FX_RESTART_SEND)
		return c->restart;
	if (fx_host(__NR_getsockopt, c->arg[0], SOL_SOCKET, option, &timeout, &size) == 0 &&
	    (timeout.sec || timeout.usec))
		return FX_RESTART_EINTR;
	return FX_RESTART_SYS;
}

/* The call's result, or -FX_EBAIL if it is to be begun anew after what waits is delivered. */
static long settle(struct fx_thread *t, struct fx_call *c, long r)
{
	/*
	 * Had the signal come a moment later, inside the host's call, it would have
	 * ended with EINTR. Beginning anew would make the moment in which a program
	 * that has just looked for its flag misses a signal as long as a trap.
	 */
	if (r == -FX_EBAIL && c->restart == FX_RESTART_NOHAND && t->pending)
		r = -EINTR;
	/* A blocked signal that the host delivers all the same does not interrupt on Linux. */
	if (r == -EINTR && t->disturbed && !t->pending)
		r = -FX_EBAIL;
	if (r == -EINTR && t->pending && !c->no_result) {
		t->restart = restart_class(c);
		t->restart_nr = c->nr;
	}
	return r;
}

static void finish(struct fx_thread *t, struct fx_call *c, long r)
{
	struct sigcontext *sc = &c->uc->uc_mcontext;

	r = settle(t, c, r);
	if (r == -FX_EBAIL) {
		/* Not begun: the signal first, then the same instruction again. */
		sc->rax = (uint64_t)c->nr;
		sc->rip = c->site - 2;
	} else if (!c->no_result) {
		sc->rax = (uint64_t)r;
	}
	if (t->has_saved_mask && !t->pending) {
		t->has_saved_mask = false;
		fx_signal_set_mask(t, c->uc, t->saved_mask);
	}
}

/* Nothing is counted or told. */
static bool is_plain(void)
{
	return fx_config.trace == FX_TRACE_NONE && !fx_config.log;
}

/* A result that needs no second look: settle, denied. */
static bool is_plain_error(long r)
{
	return r != -EINTR && r != -FX_EBAIL && r != -EACCES && r != -EPERM && r != -EROFS;
}

static long denied(struct fx_thread *t, struct fx_call *c, long r)
{
	if (__builtin_expect(r == -EACCES || r == -EPERM || r == -EROFS, 0) && fx_config.confine)
		fx_denied(t, c, r);
	return r;
}

static long serve(struct fx_thread *t, struct fx_call *c, const siginfo_t *info)
{
	long r;

	t->restart = FX_RESTART_NONE;
	t->disturbed = false;
	if (__builtin_expect(fx_config.trace != FX_TRACE_NONE, 0) && fx_trace_wants(c->nr))
		r = traced(t, c, info);
	else
		r = dispatch(t, c, info);
	return denied(t, c, r);
}

int fx_trap(int sig, siginfo_t *info, struct ucontext *uc)
{
	struct fx_thread *t = fx_thread_self();
	const struct sigcontext *sc = &uc->uc_mcontext;
	struct fx_call c = {
		.nr = info->si_syscall,
		.arg = {sc->rdi, sc->rsi, sc->rdx, sc->r10, sc->r8, sc->r9},
		.uc = uc,
	};

	(void)sig;
	if (info->si_code != SYS_SECCOMP_CODE)
		return fx_interrupt_sent(t, uc, info);
	fx_patch_trapped(uc);
	c.site = sc->rip;
	/* From a patched site with a signal recorded, the host has everything blocked. */
	uc->uc_sigmask = fx_host_mask(t->mask);
	if (info->si_arch == AUDIT_ARCH_X86_64 && !from_vsyscall(info))
		fx_patch_consider(t, c.site, c.nr);
	finish(t, &c, serve(t, &c, info));
	return 1;
}

/* patched_x86_64.S pushes it. */
_Static_assert(offsetof(struct fx_call, arg) == 8 && offsetof(struct fx_call, site) == 56 &&
		       offsetof(struct fx_call, uc) == 64 && sizeof(struct fx_call) == 80,
	       "patched_x86_64.S");

long fx_patched(struct fx_call *c)
{
	struct fx_thread *t = fx_thread_self();
	long r;

	if (is_plain()) {
		const struct fx_dispatch *row = fx_dispatch_get(c->nr);

		/* Most calls: nothing is to be done but to make them. */
		if (row && (row->handler == fx_sys_host || row->handler == fx_sys_futex)) {
			t->restart = FX_RESTART_NONE;
			t->disturbed = false;
			c->restart = row->restart;
			r = row->handler == fx_sys_futex ? fx_sys_futex(t, c) : fx_sys_host(t, c);
			if (__builtin_expect(r >= 0 || is_plain_error(r), 1))
				return r;
			return settle(t, c, denied(t, c, r));
		}
	}
	if (!fx_patch_serves(c->nr))
		return -FX_EBAIL;
	r = settle(t, c, serve(t, c, NULL));
	if (t->has_saved_mask && !t->pending) {
		/* The host's mask was another one only during the call. */
		t->has_saved_mask = false;
		t->mask = t->saved_mask;
		fx_signal_release_held(t);
	}
	return r;
}
