/* SPDX-License-Identifier: MIT */
/*
 * Signal calls. sigaction(2), sigprocmask(2), sigaltstack(2), sigreturn(2),
 * and the calls that wait with another mask: ppoll(2), pselect6, epoll_pwait,
 * sigsuspend(2), signalfd(2). Checks in the kernel's order.
 */
#include "shim/base/config.h"
#include "shim/base/host.h"
#include "shim/base/lock.h"
#include "shim/base/sigset.h"
#include "shim/calls/handlers.h"
#include "shim/calls/lent_try.h"
#include "shim/calls/kept_inside.h"
#include "shim/calls/time_left.h"
#include "shim/memory/umem.h"
#include "shim/process/sent.h"
#include "shim/signals/sigframe.h"
#include "shim/signals/signal.h"
#include "shim/signals/signal_host.h"
#include "shim/threads/thread.h"

#include "shim/base/mem.h"

#define SIGSET_SIZE 8
#define KNOWN_FLAGS                                                                                \
	(SA_NOCLDSTOP | SA_NOCLDWAIT | SA_SIGINFO | SA_ONSTACK | SA_RESTART | SA_NODEFER |         \
	 SA_RESETHAND | SA_RESTORER | 0x800 /* SA_EXPOSE_TAGBITS */)

struct user_action { /* struct kernel_sigaction */
	uint64_t handler, flags, restorer, mask;
};

/* do_sigaction() of Linux: what waits for the process or one of its threads is dropped. */
static void forget(struct fx_thread *t, uint64_t bit)
{
	struct fx_thread *y;

	fx_sent_forget(t, bit);
	__atomic_and_fetch(&t->held, ~bit, __ATOMIC_RELAXED);
	if (t->own_process)
		return;
	for (unsigned i = 0; (y = fx_thread_nth(i)); i++)
		if (!y->own_process && (__atomic_load_n(&y->held, __ATOMIC_RELAXED) & bit))
			__atomic_and_fetch(&y->held, ~bit, __ATOMIC_RELAXED);
}

long fx_sys_rt_sigaction(struct fx_thread *t, struct fx_call *c)
{
	int sig = (int)c->arg[0];
	struct fx_sighand *h = t->sighand;
	struct user_action new = {0}, old;
	struct fx_action *a;

	if (c->arg[3] != SIGSET_SIZE)
		return -EINVAL;
	if (c->arg[1] && fx_umem_copy_in(&new, c->arg[1], sizeof(new)) < 0)
		return -EFAULT;
	if (sig < 1 || sig > FX_NSIG || (c->arg[1] && (FX_UNBLOCKABLE & FX_SIGBIT(sig))))
		return -EINVAL;
	if (t->pending)
		return -FX_EBAIL;

	fx_shim_lock(&h->lock);
	a = &h->action[sig - 1];
	old = (struct user_action){a->handler, a->flags, a->restorer, a->mask};
	if (c->arg[1]) {
		a->handler = new.handler;
		a->flags = new.flags &(uint64_t)(unsigned)KNOWN_FLAGS;
		a->restorer = new.restorer;
		a->mask = new.mask & ~FX_UNBLOCKABLE;
		fx_signal_host_action(h, sig);
	}
	fx_shim_unlock(&h->lock);
	if (c->arg[1] && new.handler == 1 && (FX_SYNC_SIGNALS & FX_SIGBIT(sig)))
		forget(t, FX_SIGBIT(sig));

	if (c->arg[2] && fx_umem_copy_out(c->arg[2], &old, sizeof(old)) < 0)
		return -EFAULT;
	return 0;
}

/*
 * From a patched site: there is no frame that would set it on the way out. What comes
 * meanwhile is recorded, and everything blocked again: so not if something has come.
 */
static long set_mask(struct fx_thread *t, const struct fx_call *c, uint64_t mask)
{
	uint64_t host = fx_host_mask(mask);
	long r;

	if (c->uc) {
		fx_signal_set_mask(t, c->uc, mask);
		return 0;
	}
	/* Held signals come before what the host has kept: that order the frame brings. */
	if (fx_signal_held(t, mask))
		return -FX_EBAIL;
	r = fx_host_park(__NR_rt_sigprocmask, SIG_SETMASK, &host, 0, SIGSET_SIZE);
	if (r == 0) {
		t->mask = mask & ~FX_UNBLOCKABLE;
		fx_signal_release_held(t);
	}
	return r;
}

long fx_sys_rt_sigprocmask(struct fx_thread *t, struct fx_call *c)
{
	uint64_t old = t->mask, set;
	long r;

	if (c->arg[3] != SIGSET_SIZE)
		return -EINVAL;
	/* What was recorded came before the mask changes, so it is delivered before. */
	if (t->pending)
		return -FX_EBAIL;
	if (c->arg[1]) {
		if (fx_umem_load64(c->arg[1], &set) < 0)
			return -EFAULT;
		switch ((int)c->arg[0]) {
		case SIG_BLOCK:
			set |= old;
			break;
		case SIG_UNBLOCK:
			set = old & ~set;
			break;
		case SIG_SETMASK:
			break;
		default:
			return -EINVAL;
		}
		r = set_mask(t, c, set);
		if (r < 0)
			return r;
	}
	if (c->arg[2] && fx_umem_store64(c->arg[2], old) < 0)
		return -EFAULT;
	return 0;
}

static long set_altstack(struct fx_thread *t, const stack_t *ss, uintptr_t sp)
{
	int mode = ss->ss_flags & ~(int)SS_AUTODISARM;

	if (fx_sigframe_on_alt(t, sp))
		return -EPERM;
	if (mode != SS_DISABLE && mode != SS_ONSTACK && mode != 0)
		return -EINVAL;
	if (mode == SS_DISABLE) {
		t->alt_sp = 0;
		t->alt_size = 0;
	} else {
		if (ss->ss_size < MINSIGSTKSZ)
			return -ENOMEM;
		t->alt_sp = (uintptr_t)ss->ss_sp;
		t->alt_size = ss->ss_size;
	}
	t->alt_flags = ss->ss_flags;
	return 0;
}

long fx_sys_sigaltstack(struct fx_thread *t, struct fx_call *c)
{
	uintptr_t sp = c->uc->uc_mcontext.rsp;
	stack_t new, old;
	long r = 0;

	memset(&old, 0, sizeof(old));
	old.ss_sp = (void *)t->alt_sp;
	old.ss_size = t->alt_size;
	old.ss_flags = t->alt_flags & (int)SS_AUTODISARM;
	if (!t->alt_size)
		old.ss_flags |= SS_DISABLE;
	else if (fx_sigframe_on_alt(t, sp))
		old.ss_flags |= SS_ONSTACK;
	if (c->arg[0]) {
		if (fx_umem_copy_in(&new, c->arg[0], sizeof(new)) < 0)
			return -EFAULT;
		r = set_altstack(t, &new, sp);
	}
	if (r == 0 && c->arg[1] && fx_umem_copy_out(c->arg[1], &old, sizeof(old)) < 0)
		return -EFAULT;
	return r;
}

long fx_sys_rt_sigreturn(struct fx_thread *t, struct fx_call *c)
{
	uint64_t mask;
	stack_t alt;

	c->no_result = true;
	if (fx_sigframe_restore(c->uc, &mask, &alt) < 0) {
		fx_signal_force_segv(t, c->uc);
		return 0;
	}
	fx_signal_set_mask(t, c->uc, mask);
	/* As in the kernel, a stack that cannot be set is no error here. */
	set_altstack(t, &alt, c->uc->uc_mcontext.rsp);
	return 0;
}

long fx_sys_rt_sigpending(struct fx_thread *t, struct fx_call *c)
{
	uint64_t set = 0;
	long r;

	if (c->arg[1] > SIGSET_SIZE)
		return -EINVAL;
	r = fx_host(__NR_rt_sigpending, &set, SIGSET_SIZE);
	if (r < 0)
		return r;
	set |= (fx_signal_held(t, 0) | fx_sent_about(t)) & t->mask;
	return fx_umem_copy_out(c->arg[0], &set, c->arg[1]);
}

/*
 * A call that waits with the mask at uaddr (0: with its own). The mask the
 * host may have goes to *host. Returns 0, or what the call returns at once.
 * What interrupts it is then delivered with the old mask saved in the frame.
 */
static long wait_mask(struct fx_thread *t, uintptr_t uaddr, size_t size, uint64_t *host)
{
	uint64_t mask;

	if (size != SIGSET_SIZE)
		return -EINVAL;
	if (fx_umem_load64(uaddr, &mask) < 0)
		return -EFAULT;
	if (t->pending)
		return -FX_EBAIL;
	t->saved_mask = t->mask;
	t->has_saved_mask = true;
	t->mask = mask & ~FX_UNBLOCKABLE;
	*host = fx_host_mask(t->mask);
	if (fx_signal_held(t, t->mask)) {
		__atomic_or_fetch(&t->pending, FX_PENDING_HELD, __ATOMIC_RELAXED);
		return -EINTR;
	}
	return 0;
}

/* The call did not begin after all: as if it had never had a mask. */
static long after_wait(struct fx_thread *t, long r)
{
	if (r == -FX_EBAIL && t->has_saved_mask) {
		t->has_saved_mask = false;
		t->mask = t->saved_mask;
		fx_signal_release_held(t);
	}
	return r;
}

long fx_sys_rt_sigsuspend(struct fx_thread *t, struct fx_call *c)
{
	uint64_t host;
	long r = wait_mask(t, c->arg[0], c->arg[1], &host);

	if (r == 0)
		r = fx_host_park(__NR_rt_sigsuspend, &host, SIGSET_SIZE);
	return after_wait(t, r);
}

long fx_sys_ppoll(struct fx_thread *t, struct fx_call *c)
{
	struct fx_poll_copy polled;
	uint64_t host;
	long r = fx_poll_copy_make(&polled, c->arg[0], (unsigned)c->arg[1]);

	if (r < 0)
		return r;
	if (!c->arg[3]) {
		r = fx_lent_poll(t, polled.at, c->arg[1]);
		if (!r)
			r = fx_host_park(c->nr, polled.at, c->arg[1], c->arg[2], 0, c->arg[4]);
		return fx_poll_copy_end(&polled, r);
	}
	r = wait_mask(t, c->arg[3], c->arg[4], &host);
	if (r == 0)
		r = fx_lent_poll(t, polled.at, c->arg[1]);
	if (r == 0)
		r = fx_host_park(c->nr, polled.at, c->arg[1], c->arg[2], &host, SIGSET_SIZE);
	return fx_poll_copy_end(&polled, after_wait(t, r));
}

/* The last argument points to the address of a mask and its size. */
static long with_packed_mask(struct fx_thread *t, struct fx_call *c, uintptr_t utime,
			     long (*lent)(struct fx_thread *t, const struct fx_call *c))
{
	uint64_t packed[2] = {0, 0}, host;
	long r;

	if (c->arg[5] && fx_umem_copy_in(packed, c->arg[5], sizeof(packed)) < 0)
		return -EFAULT;
	if (!packed[0]) {
		r = lent(t, c);
		return r ? r
			 : fx_host_park(c->nr, c->arg[0], c->arg[1], c->arg[2], c->arg[3], utime,
					0);
	}
	r = wait_mask(t, packed[0], packed[1], &host);
	if (r == 0)
		r = lent(t, c);
	if (r == 0) {
		packed[0] = (uintptr_t)&host;
		r = fx_host_park(c->nr, c->arg[0], c->arg[1], c->arg[2], c->arg[3], utime, packed);
	}
	return after_wait(t, r);
}

/* What is left of its time the host writes to where the guest has it. */
long fx_sys_pselect6(struct fx_thread *t, struct fx_call *c)
{
	long r = fx_kept_in_sets((int)c->arg[0], c->arg[1], c->arg[2], c->arg[3]);

	return r < 0 ? r : with_packed_mask(t, c, c->arg[4], fx_lent_select);
}

/* What it waits for was submitted before, and is looked at by the kernel's own threads. */
static long none_lent(struct fx_thread *t, const struct fx_call *c)
{
	(void)t;
	(void)c;
	return 0;
}

long fx_sys_io_pgetevents(struct fx_thread *t, struct fx_call *c)
{
	uintptr_t utime = c->arg[4];
	struct fx_time left;
	long r = fx_time_left_at(t, c, &left, &utime);

	return r < 0 ? r : with_packed_mask(t, c, utime, none_lent);
}

static long epoll_with_mask(struct fx_thread *t, struct fx_call *c, unsigned long time)
{
	uint64_t host;
	long r;

	if (!c->arg[4]) {
		r = fx_lent_epoll(t, c);
		return r ? r
			 : fx_host_park(c->nr, c->arg[0], c->arg[1], c->arg[2], time, 0, c->arg[5]);
	}
	r = wait_mask(t, c->arg[4], c->arg[5], &host);
	if (r == 0)
		r = fx_lent_epoll(t, c);
	if (r == 0)
		r = fx_host_park(c->nr, c->arg[0], c->arg[1], c->arg[2], time, &host, SIGSET_SIZE);
	return after_wait(t, r);
}

long fx_sys_epoll_pwait(struct fx_thread *t, struct fx_call *c)
{
	int ms = (int)c->arg[3];

	fx_time_left_ms(t, c, &ms);
	return epoll_with_mask(t, c, (unsigned long)ms);
}

long fx_sys_epoll_pwait2(struct fx_thread *t, struct fx_call *c)
{
	uintptr_t utime = c->arg[3];
	struct fx_time left;
	long r = fx_time_left_at(t, c, &left, &utime);

	return r < 0 ? r : epoll_with_mask(t, c, utime);
}

static long signalfd(struct fx_call *c, unsigned long flags)
{
	uint64_t set;

	if (c->arg[2] != SIGSET_SIZE)
		return -EINVAL;
	if (fx_umem_load64(c->arg[1], &set) < 0)
		return -EFAULT;
	if (set & FX_LENT_SIGNALS)
		__atomic_store_n(&fx_config.signalfd, 1, __ATOMIC_RELAXED);
	/* Not SIGTRAP, which the shim sends itself. */
	set &= ~FX_SYNC_SIGNALS | FX_LENT_SIGNALS;
	return fx_host(__NR_signalfd4, c->arg[0], &set, SIGSET_SIZE, flags);
}

long fx_sys_signalfd(struct fx_thread *t, struct fx_call *c)
{
	(void)t;
	return signalfd(c, 0);
}

long fx_sys_signalfd4(struct fx_thread *t, struct fx_call *c)
{
	(void)t;
	return signalfd(c, c->arg[3]);
}
