/* SPDX-License-Identifier: MIT */
/*
 * A system call of the guest, from trap to answer. Runs as the SIGSYS handler
 * on the thread's shim stack; the answer goes into the saved registers, so
 * the host's rt_sigreturn restores everything else, vector state included.
 *
 * Signal safety contract: see interrupt.c. SIGSYS itself is blocked in here (no
 * SA_NODEFER) but while a call may sleep, and nothing in here traps.
 */
#include "shim/entry/trap.h"

#include "shim/base/call.h"
#include "shim/base/host.h"
#include "shim/base/sigset.h"
#include "shim/entry/dispatch.h"
#include "shim/entry/interrupt.h"
#include "shim/entry/serve.h"
#include "shim/patch/patch.h"
#include "shim/patch/stopped.h"
#include "shim/signals/pkru.h"
#include "shim/signals/signal.h"
#include "shim/threads/thread.h"

#define SYS_SECCOMP_CODE 1

static void finish(struct fx_thread *t, struct fx_call *c, long r)
{
	struct sigcontext *sc = &c->uc->uc_mcontext;

	r = fx_serve_settle(t, c, r);
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

/* A SIGSYS that is sent interrupts a call that sleeps; its handler blocks itself. */
static void let_sent_in(long nr)
{
	static const uint64_t own = FX_SIGBIT(SIGSYS);
	const struct fx_dispatch *row = fx_dispatch_get(nr);

	if (row && row->restart != FX_RESTART_NONE)
		fx_host(__NR_rt_sigprocmask, SIG_UNBLOCK, &own, 0, sizeof(own));
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
	fx_pkru_take(uc);
	fx_stopped_trapped(uc);
	c.site = sc->rip;
	t->call = &c;
	/* From a patched site with a signal recorded, the host has everything blocked. */
	uc->uc_sigmask = fx_host_mask(t->mask);
	let_sent_in(c.nr);
	if (info->si_arch == FX_AUDIT_ARCH_X86_64 && !fx_serve_from_vsyscall(info))
		fx_patch_consider(t, c.site, c.nr);
	finish(t, &c, fx_serve(t, &c, info));
	t->call = NULL;
	return 1;
}
